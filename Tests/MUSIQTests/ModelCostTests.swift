import MUSIQ
import Testing

@Suite struct ModelCostTests {
  static let cost = ModelCost(MUSIQConfiguration(outputCount: 1))

  /// Counted from the official configuration: root 2.41, block 4.72 and embedding 6.29 million
  /// multiply-accumulates per patch; 14 layers of 4 · 384² + 2 · 384 · 1152 per token.
  @Test("the published model costs what its layers add up to")
  func published() {
    #expect(abs(Self.cost.perPatch / 13.42e6 - 1) < 1e-3)
    #expect(abs(Self.cost.perToken / 20.64e6 - 1) < 1e-3)
    #expect(Self.cost.perPair == 10752)
  }

  @Test("705 tokens take 29.4 billion multiply-accumulates, training six FLOPs for each")
  func image() {
    #expect(abs(Self.cost.image(tokens: 705) / 29.4e9 - 1) < 2e-3)
    #expect(Self.cost.trainingFLOPs(tokens: 705) == 6 * Self.cost.image(tokens: 705))
  }
}
