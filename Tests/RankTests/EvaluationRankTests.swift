import Evaluation
import MPI
import TestSupport
import Testing

extension RankSuites {
  @Suite(.serialized) struct EvaluationRankTests {
    let world: Communicator

    init() throws {
      world = try RankSuite.world
      try #require(world.size == RankSuite.expectedSize)
    }

    /// Whether this rank evaluates a sample, spread unevenly: the last rank may have none.
    private func isMine(_ sample: Int) -> Bool { sample * sample % 7 % world.size == world.rank }

    @Test("quality metrics have the same bits as those of one process")
    func quality() throws {
      let all = (0..<50).map { sample in
        ScoredSample(
          sample: sample, score: Double(sample * 37 % 101) / 7, target: Double(sample * 13 % 97) / 5
        )
      }
      let own = all.filter { isMine($0.sample) }.reversed()
      let report = try QualityReport(own: Array(own), failedCount: world.rank, world: world)
      let expected = QualityReport(all, failedCount: world.size * (world.size - 1) / 2)
      #expect(report == expected)
      #expect(
        report.pearsonLinearCorrelation.bitPattern == expected.pearsonLinearCorrelation.bitPattern)
    }

    @Test("classification metrics have the same bits as those of one process")
    func classification() throws {
      let all = (0..<50).map { sample in
        ClassifiedSample(sample: sample, loss: 1 / Double(sample + 3), place: sample % 9)
      }
      let own = all.filter { isMine($0.sample) }
      let report = try ClassificationReport(own: own, failedCount: 0, world: world)
      #expect(report == ClassificationReport(all))
    }
  }
}
