import Foundation
import ImageData
import MPI
import ModelTestSupport
import TestSupport
import Testing

extension RankSuites {
  @Suite(.serialized) struct ImageDataRankTests {
    let world: Communicator

    init() throws {
      world = try RankSuite.world
      try #require(world.size == RankSuite.expectedSize)
    }

    /// A folder that rank 0 makes, fills and removes; every rank runs `body` with its path.
    private func withFolder(
      fill: (String) throws -> Void, _ body: (String) throws -> Void
    ) throws {
      let mine = NSTemporaryDirectory() + "rank-data-\(UUID().uuidString)"
      let path = try world.broadcast(text: mine, from: 0)
      if world.rank == 0 {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try fill(path)
      }
      try world.barrier()
      try body(path)
      try world.barrier()
      if world.rank == 0 { try FileManager.default.removeItem(atPath: path) }
    }

    private func fill(_ path: String) throws {
      for (label, name) in ["a", "b", "c"].enumerated() {
        let folder = URL(fileURLWithPath: "\(path)/\(name)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for number in 0..<7 {
          let (height, width) = (number + 1, label + 2)
          // Every fifth file is broken.
          let isBroken = (label * 7 + number) % 5 == 3
          let bytes =
            isBroken
            ? Array("broken \(number)\nindeed".utf8)
            : Array("P6 \(width) \(height) 255\n".utf8)
              + [UInt8](repeating: 9, count: height * width * 3)
          try Data(bytes).write(to: folder.appendingPathComponent("\(number).ppm"))
        }
      }
    }

    @Test("an index has the bytes of one process on every rank")
    func sameIndex() throws {
      try withFolder(fill: fill) { path in
        let shared = try IndexBuilder().open(path, world: world)
        let alone = try IndexBuilder().open(path, world: nil)
        #expect(shared.index == alone.index)
        #expect(shared.index.bytes == alone.index.bytes)
        #expect(shared.warnings == alone.warnings)
        #expect(shared.index.count == 17)
        #expect(shared.index.excluded.count == 4)
        let digests = try world.allGather(text: shared.index.digest)
        #expect(Set(digests).count == 1)
      }
    }

    @Test("a cached index is written once and read by all")
    func cache() throws {
      try withFolder(fill: fill) { path in
        let cache = "\(path)/.cache"
        let first = try IndexBuilder().open(path, cacheDirectory: cache, world: world)
        try first.keep(world: world)
        let second = try IndexBuilder().open(path, cacheDirectory: cache, world: world)
        #expect(first.wasBuilt && !second.wasBuilt)
        #expect(first.index == second.index)
      }
    }

    @Test("an index that cannot be kept is the same error on every rank")
    func unwritable() throws {
      try withFolder(fill: fill) { path in
        let opened = try IndexBuilder().open(path, cacheDirectory: "/dev/null/x", world: world)
        #expect(throws: DataError.self) { try opened.keep(world: world) }
      }
    }

    @Test("images in two sets are found alike on every rank, by file and by contents")
    func overlap() throws {
      try withFolder(fill: fill) { path in
        let index = try IndexBuilder().open(path, world: world).index
        var held = index
        held.samples = Array(index.samples.suffix(3))
        let files = try SetOverlap(training: index, held: held, world: world)
        #expect(files.pairs.map(\.training) == [14, 15, 16])
        let contents = try SetOverlap(
          training: index, held: held, readsContents: true, world: world)
        let alone = try SetOverlap(training: index, held: held, readsContents: true, world: nil)
        #expect(contents == alone && contents.pairs.count == 3)
      }
    }

    @Test("an error of rank 0 is thrown alike on every rank")
    func sameError() throws {
      let missing = DataError.unreadable(
        path: "/no/such/folder", reason: "No such file or directory")
      #expect(throws: missing) { try IndexBuilder().open("/no/such/folder", world: world) }
      try withFolder(fill: { _ in }) { path in
        #expect(throws: DataError.noClasses(root: path, hint: "the folder is empty")) {
          try IndexBuilder().open(path, world: world)
        }
      }
    }
  }
}
