import Labels
import Testing

@Suite struct LabelKindTests {
  @Test("the words of index files and configurations stay what files on disk have")
  func words() {
    let words: [(LabelKind, name: String, set: String)] = [
      (.score, "score", "quality"), (.ratings, "ratings", "distribution"),
      (.classes, "classes", "classification"), (.attributes, "attributes", "attributes"),
    ]
    #expect(words.map(\.0) == LabelKind.allCases)
    for (kind, name, set) in words {
      #expect(kind.rawValue == name && kind.setWord == set && LabelKind(setWord: set) == kind)
    }
    #expect(LabelKind(setWord: "classes") == nil)
  }

  @Test("one number stands for a label: the score, the first attribute, the mean rating")
  func score() {
    #expect(Label.score(3.5).meanScore == 3.5 && Label.score(3.5).count == 1)
    #expect(Label.attributes([2, 9]).meanScore == 2 && Label.attributes([2, 9]).count == 2)
    #expect(Label.ratings([0.25, 0, 0.75]).meanScore == 2.5)
    #expect(Label.classIndex(4).meanScore.isNaN)
  }

  @Test("ratings are named c1 to cK; only attributes have a main one")
  func meaning() {
    #expect(LabelMeaning.ratings(count: 3).names == ["c1", "c2", "c3"])
    #expect(LabelMeaning.attributes(["mos", "noise"]).mainName == "mos")
    #expect(LabelMeaning.ratings(count: 3).mainName == nil && LabelMeaning.score.mainName == nil)
  }
}
