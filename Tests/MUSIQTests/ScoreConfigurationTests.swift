import Foundation
import Labels
import MUSIQ
import Testing

@Suite struct ScoreConfigurationTests {
  @Test("a kind is one word in files: auto or a kind of label")
  func kinds() throws {
    let words = ["auto", "score", "ratings", "classes", "attributes"]
    #expect(ScoreConfiguration.Kind.allCases.map(\.rawValue) == words)
    for word in words {
      let kind = try JSONDecoder().decode(
        [ScoreConfiguration.Kind].self, from: Data("[\"\(word)\"]".utf8))
      #expect(kind == ScoreConfiguration.Kind.allCases.filter { $0.rawValue == word })
      #expect(try JSONEncoder().encode(kind) == Data("[\"\(word)\"]".utf8))
    }
    #expect(ScoreConfiguration.Kind(rawValue: "fixed") == nil)
  }

  @Test("auto goes by the number of outputs, a fixed kind does not")
  func outputs() {
    let automatic = ScoreConfiguration()
    #expect([1, 10, 5].map(automatic.kind(outputs:)) == [.score, .ratings, .classes])
    #expect(ScoreConfiguration(kind: .fixed(.attributes)).kind(outputs: 10) == .attributes)
  }

  @Test("labels in units of the outputs: scores are scaled, classes and ratings are not")
  func units() {
    let score = ScoreConfiguration(offset: 10, scale: 2)
    #expect(score.inOutputs(.score(14)) == .score(2))
    #expect(score.inOutputs(.attributes([8, 10])) == .attributes([-1, 0]))
    #expect(score.inOutputs(.ratings([0.5, 0.5])) == .ratings([0.5, 0.5]))
    #expect(score.inOutputs(.classIndex(3)) == .classIndex(3))
  }
}
