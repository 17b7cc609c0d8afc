import HDF5
import MPI
import ModelTestSupport
import TestSupport
import Testing

extension RankSuites {
  @Suite(.serialized) struct HDF5RankTests {
    let world: Communicator
    let directory: ScratchDirectory

    init() throws {
      world = try RankSuite.world
      try #require(world.size == RankSuite.expectedSize)
      directory = try ScratchDirectory(sharedBy: world)
    }

    @Test("a file written by all ranks in uneven slabs is read back complete by every rank")
    func slabs() throws {
      let path = directory.file("parallel.h5")
      let shapes = [[7], [5, 3], [3, 4, 5], [2, 3, 2, 5], [1], []]
      let before = try HDF5Library.openHandleCount()
      do {
        let file = try File.createParallel(at: path, world: world)
        for (index, shape) in shapes.enumerated() {
          let dataset = try Dataset(creating: "group/\(index)", shape: shape, in: file)
          // Rank r ends at the fraction ((r + 1) / N)², so small tensors leave ranks without data.
          let ends = (0...world.size).map {
            dataset.count * $0 * $0 / (world.size * world.size)
          }
          let own = ends[world.rank]..<ends[world.rank + 1]
          try dataset.write(own, from: own.map { Float(1000 * index + $0) })
          try dataset.setAttribute("index", index)
        }
        try file.setAttribute("text", "written by all")
        try file.flush()
        try file.close()
      }
      #expect(try HDF5Library.openHandleCount() == before)
      try world.barrier()
      do {
        let file = try File.openReadOnly(path)
        #expect(try file.textAttribute("text") == "written by all")
        #expect(try file.datasets(in: "group") == shapes.indices.map { "\($0)" })
        for (index, shape) in shapes.enumerated() {
          let dataset = try Dataset(opening: "group/\(index)", in: file)
          #expect(dataset.shape == shape)
          #expect(try dataset.attribute("index", as: Int.self) == index)
          var values = [Float](repeating: -1, count: dataset.count)
          try dataset.read(0..<dataset.count, into: &values)
          #expect(values == (0..<dataset.count).map { Float(1000 * index + $0) })
        }
      }
      #expect(try HDF5Library.openHandleCount() == before)
      #expect(!HDF5Library.parallelFailed)
      try world.barrier()
    }
  }
}
