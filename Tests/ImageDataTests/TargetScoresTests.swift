import ImageData
import Labels
import Testing

@Suite struct TargetScoresTests {
  private func statistics(_ scores: [Float]) -> TargetScores {
    TargetScores(
      SampleIndex(
        root: "/r", kind: .score,
        samples: scores.map { Sample(path: "a", target: .score($0), height: 1, width: 1) }))
  }

  @Test("extremes, quantiles and deviation; decimals as they were written")
  func numbers() {
    let few = statistics([4, 1.1, 2, 3])
    #expect(few.sorted == [1.1, 2, 3, 4])
    #expect(few.median == 2.5 && few.lowest == 1.1 && few.highest == 4)
    #expect(few.quantiles(4) == [1.1, 2, 3, 4])
    #expect(few.description == "4 scores, 1.1 to 4, median 2.5")
    #expect(statistics([1, 3]).deviation == 1)
    #expect(statistics([7]).quantiles(3) == [7, 7, 7])
    #expect(statistics([]).quantiles(3) == [] && statistics([]).median.isNaN)
  }

  @Test("attributes one by one or together, ratings by their mean")
  func kinds() {
    let index = SampleIndex(
      root: "/r", kind: .attributes, classNames: ["a", "b"],
      samples: [Sample(path: "a", target: .attributes([1, 9]), height: 1, width: 1)])
    #expect(TargetScores(index).sorted == [1, 9])
    #expect(TargetScores(index, attribute: 1).sorted == [9])
    let ratings = SampleIndex(
      root: "/r", kind: .ratings,
      samples: [Sample(path: "a", target: .ratings([0.5, 0, 0.5]), height: 1, width: 1)])
    #expect(TargetScores(ratings).sorted == [2])
  }

  @Test("scores on another scale than expected are told, with the scale they fit")
  func guardOfScales() {
    let opinions: [Float] = [1.2, 2.5, 3.1, 4.4, 4.9]
    let confused = statistics(opinions).mismatch(range: [0, 100])
    #expect(confused?.found == "1-5 (min 1.2, max 4.9)" && confused?.scale == 1...5)
    let outside = statistics([3.9, 50, 88, 120]).mismatch(range: [0, 100])
    #expect(outside?.found == "another scale (min 3.9, max 120)" && outside?.scale == nil)
    #expect(statistics([3.9, 50, 88]).mismatch(range: [1, 5])?.scale == 0...100)
    #expect(statistics([0.1, 0.2, 0.9, 0.3, 0.5]).mismatch(range: [0, 9]) != nil)
    for (scores, range) in [
      (opinions, [1.0, 5]), (opinions, [1, 10]), ([4, 50, 88, 90, 20], [0, 100]), (opinions, []),
      ([60, 61, 70, 80, 75], [0, 100]), ([2, 3], [0, 100]),
    ] as [([Float], [Double])] {
      #expect(statistics(scores).mismatch(range: range) == nil, "\(scores) in \(range)")
    }
  }
}
