import Evaluation
import Foundation
import ImageCodecs
import ImageData
import Inference
import MPI
import ModelTestSupport
import TestSupport
import Testing
import Training

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

    @Test("parts of scores travel, and bootstrap intervals have the bits of one process")
    func intervals() throws {
      let all = (0..<60).map { (sample: Int) -> ScoredSample in
        let score = Double(sample * 37 % 101) / 7
        let target = Double(sample * 13 % 97) / 5
        let parts: [Double] = [Double(sample), 1 / Double(sample + 2)]
        let labels: [Double] = [Double(sample * 3 % 5), Double(sample % 4)]
        return ScoredSample(
          sample: sample, score: score, target: target, parts: parts, targetParts: labels)
      }
      let gathered: [ScoredSample] = try world.gather(all.filter { isMine($0.sample) })
      #expect(gathered == all)
      var table = MetricTable(gathered, parts: .attributes(["a", "b"]))
      try table.findIntervals(Bootstrap(resamples: 41, seed: 2), world: world)
      var alone = MetricTable(all, parts: .attributes(["a", "b"]))
      try alone.findIntervals(Bootstrap(resamples: 41, seed: 2), world: nil)
      #expect(table == alone && table["srcc.b"]?.interval != nil)
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

extension RankSuites {
  @Suite(.serialized) struct CheckpointEvaluationRankTests {
    let world: Communicator
    static let images = Golden.fixtures.appendingPathComponent("images").path
    static let names = [
      "baseline.jpg", "rgb-8.png", "gray.jpg", "truncated-50.jpg", "24.bmp", "progressive.jpg",
      "rgba-8.png", "restart.jpg",
    ]

    init() throws {
      world = try RankSuite.world
      try #require(world.size == RankSuite.expectedSize)
    }

    @Test("report, rows and intervals of an ensemble have the same bytes at any number of ranks")
    func sameBytes() throws {
      let folder = try world.broadcast(
        text: world.rank == 0
          ? FileManager.default.temporaryDirectory.path + "/evaluation-\(getpid())" : "", from: 0)
      if world.rank == 0 {
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true)
        let samples = try Self.names.enumerated().map { id, name in
          let header = try ImageDecoder.header(ofFile: "\(Self.images)/\(name)")
          return Sample(
            path: name, target: .score(Float(id * 5 % 7)), height: header.height,
            width: header.width)
        }
        try SampleIndex(root: Self.images, kind: .score, samples: samples)
          .write(to: "\(folder)/set.txt")
      }
      try world.barrier()
      let npz = Golden.fixtures.appendingPathComponent("npz").path
      var request = EvaluationRequest(
        checkpoints: ["\(npz)/tiny-stored.npz", "\(npz)/tiny-mixed.npz"],
        overrides: [
          "data.manifest=\(folder)/set.txt", "parallel.workers=\(1 + world.size % 2)",
          "model.multiscale.nativePatchCap=8",
        ])
      request.resamples = 30
      func bytes(_ world: Communicator, _ name: String) throws -> [Data] {
        let report = try CheckpointEvaluation(request, world: world).run { _ in }
        try report.writeCSV(to: "\(folder)/\(name).csv")
        try report.writeJSON(to: "\(folder)/\(name).json")
        return try ["csv", "json"].map {
          try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name).\($0)"))
        } + [Data(report.description.utf8)]
      }
      let together = try bytes(world, "together-\(world.rank)")
      let alone = try bytes(.alone(), "alone-\(world.rank)")
      #expect(together == alone)
      try world.barrier()
      if world.rank == 0 { try FileManager.default.removeItem(atPath: folder) }
    }
  }
}
