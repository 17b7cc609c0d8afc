import Foundation
import ImageData
import MPI
import ModelTestSupport
import Tables
import TestSupport
import Testing

extension RankSuites {
  @Suite(.serialized) struct ManifestRankTests {
    let world: Communicator

    init() throws {
      world = try RankSuite.world
      try #require(world.size == RankSuite.expectedSize)
    }

    @Test("images of a manifest are found alike on every rank, as by one process")
    func files() throws {
      let root = Golden.fixtures.appendingPathComponent("images").path
      let names = try FileManager.default.contentsOfDirectory(atPath: root).sorted() + ["none.jpg"]
      for decodes in [false, true] {
        for workers in [1, 2] {
          let alone = try ManifestFiles(
            paths: names, root: root, decodes: decodes, workers: 1, world: nil)
          let shared = try ManifestFiles(
            paths: names, root: root, decodes: decodes, workers: workers, world: world)
          #expect(shared == alone)
          #expect(shared.bad.contains { $0.path == "none.jpg" })
        }
      }
    }

    @Test("a manifest that rank 0 cannot read is the same error on every rank")
    func sameError() throws {
      let missing = TableError.unreadable(
        path: "/no/such.csv", reason: "No such file or directory")
      #expect(throws: missing) { try TextTable(manifest: "/no/such.csv", world: world) }
    }
  }
}
