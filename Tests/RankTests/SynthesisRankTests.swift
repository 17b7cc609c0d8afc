// Ranks share the rendering of a synthetic data set, and fail together.

import Foundation
import ImageData
import ModelTestSupport
import SyntheticImages
import TestSupport
import Testing

extension RankSuites {
  @Suite(.serialized) struct SynthesisRankTests {
    /// The name of one folder for all ranks.
    private func sharedFolder() throws -> String {
      let own = FileManager.default.temporaryDirectory
        .appendingPathComponent("synthesis-\(UUID().uuidString)").path
      return try RankSuite.world.broadcast(text: own, from: 0)
    }

    @Test("any number of ranks writes the files of one process")
    func sameFiles() throws {
      let world = try RankSuite.world
      #expect(world.size == RankSuite.expectedSize)
      let folder = try sharedFolder()
      let synthesis = try Synthesis(
        SynthesisRequest(kind: .score, count: 11, seed: 9, output: folder))
      let summary = try synthesis.write(world: world)
      var bytes = 0
      for sample in 0..<synthesis.sampleCount {
        let expected = try synthesis.render(sample: sample)
        let file = URL(fileURLWithPath: folder).appendingPathComponent(expected.path)
        #expect(try Data(contentsOf: file) == Data(expected.bytes))
        bytes += expected.bytes.count
      }
      #expect(summary.bytes == bytes)
      try world.barrier()
      if world.rank == 0 { try FileManager.default.removeItem(atPath: folder) }
    }

    @Test("a failure of one rank is the same error on all")
    func failure() throws {
      let world = try RankSuite.world
      let folder = try sharedFolder()
      // Rank 0 prepares the folders, finds a file in its way and tells the others.
      if world.rank == 0 { try Data([1]).write(to: URL(fileURLWithPath: folder)) }
      try world.barrier()
      let synthesis = try Synthesis(SynthesisRequest(kind: .score, count: 3, output: folder))
      let error = #expect(throws: SynthesisError.self) { try synthesis.write(world: world) }
      guard case .unwritable(let path, _) = error else {
        Issue.record("expected the error of rank 0, found \(String(describing: error))")
        return
      }
      #expect(path.hasPrefix(folder))
      #expect(try world.gather(error).allSatisfy { $0 == error })
      try world.barrier()
      if world.rank == 0 { try FileManager.default.removeItem(atPath: folder) }
    }
  }
}
