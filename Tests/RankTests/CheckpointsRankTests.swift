import Checkpoints
import Foundation
import MPI
import ModelTestSupport
import Tensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A training state whose every value has a closed form, split over the ranks of a communicator.
private struct ClosedForm {
  static let layout = ParameterLayout([
    // Borders of segments fall inside of tensors, of rows, and on tensors of one element.
    ParameterSpecification("embedding/kernel", [37, 129], .zeros),
    ParameterSpecification("block/attention/query", [24, 6, 64], .zeros),
    ParameterSpecification("block/norm/scale", [1], .zeros),
    ParameterSpecification("block/conv", [3, 3, 17, 40], .zeros),
    ParameterSpecification("head/bias", [10], .zeros),
  ])

  let parameters = AlignedBuffer<Float>(count: layout.storageCount)
  let moments: [AlignedBuffer<Float>]
  let tensors: CheckpointTensors
  let segment: Range<Int>

  init(_ world: Communicator, filled: Bool, blockSize: Int = FlatPartition.blockSize) {
    let layout = Self.layout
    let partition = FlatPartition(
      count: layout.storageCount, parts: world.size, blockSize: blockSize)
    segment = partition.segments[world.rank]
    moments = [AlignedBuffer(count: segment.count), AlignedBuffer(count: segment.count)]
    tensors = CheckpointTensors(
      layout: layout, parameters: parameters.elements,
      moments: [("m", moments[0].elements), ("v", moments[1].elements)], partition: partition,
      owners: [parameters] + moments)
    guard filled else { return }
    for entry in layout.entries {
      for i in entry.range { parameters.pointer[i] = Self.value(0, i) }
      for i in entry.range.clamped(to: segment) {
        moments[0].pointer[i - segment.lowerBound] = Self.value(1, i)
        moments[1].pointer[i - segment.lowerBound] = Self.value(2, i)
      }
    }
  }

  static func value(_ group: Int, _ index: Int) -> Float {
    Float((index &* 2_654_435_761 &+ group) & 0xFFFF) / 65536 - 0.5 + Float(group)
  }

  /// True when all of this rank's values are those of the closed form and all padding is zero.
  var isComplete: Bool {
    var expected = [[Float]](
      repeating: [Float](repeating: 0, count: Self.layout.storageCount), count: 3)
    for group in 0..<3 {
      for entry in Self.layout.entries {
        for i in entry.range { expected[group][i] = Self.value(group, i) }
      }
    }
    return parameters.elements.elementsEqual(expected[0])
      && moments[0].elements.elementsEqual(expected[1][segment])
      && moments[1].elements.elementsEqual(expected[2][segment])
  }
}

extension RankSuites {
  @Suite(.serialized) struct CheckpointsRankTests {
    let world: Communicator
    let scratch: ScratchDirectory
    let state = CheckpointState(
      step: 1200, epoch: 3, cursor: 512, seed: 42, optimizerStep: 1199,
      configuration: "run: {seed: 42}\n", program: "test", worldSize: 0, optimizerKind: "adamw")

    /// Digests of `ClosedForm` with `state`, the same at any number of ranks.
    static let parametersDigest = "0782fbb86fe49449b1c06581e49490e3eb59aa60b77c5244c341e56f3b133953"
    static let stateDigest = "fd1fee8a6b68e802eeb2c5c08d76b2040648a622e3245e8dd08930299d5f47d6"

    init() throws {
      world = try RankSuite.world
      try #require(world.size == RankSuite.expectedSize)
      scratch = try ScratchDirectory(sharedBy: world)
    }

    private func store(_ keepLast: Int = 3, name: String = "run") -> CheckpointStore {
      CheckpointStore(directory: scratch.file(name), world: world, keepLast: keepLast)
    }

    private func state(step: Int) -> CheckpointState {
      var result = state
      result.step = step
      return result
    }

    /// Steps in the directory, seen by rank 0 and told to all.
    private func steps(_ store: CheckpointStore) throws -> [Int] {
      try store.all().compactMap { CheckpointName.step(of: String($0.split(separator: "/").last!)) }
    }

    private func error(_ body: () throws -> Void) -> CheckpointError? {
      do { try body() } catch { return error as? CheckpointError }
      return nil
    }

    /// Changes a file on rank 0 while the others wait.
    private func damage(_ path: String, _ change: (inout Data) throws -> Void) throws {
      if world.rank == 0 {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try change(&bytes)
        try bytes.write(to: URL(fileURLWithPath: path))
      }
      try world.barrier()
    }

    /// Flips one bit of the first tensor's values.
    private func flip(_ bytes: inout Data) throws {
      let values = (0..<64).map { ClosedForm.value(0, $0) }
      let place = try #require(bytes.range(of: values.withUnsafeBytes { Data($0) })).lowerBound
      bytes[place + 9] ^= 4
    }

    @Test("what N ranks write has the same digest at every N and is loaded bit by bit")
    func roundTrip() throws {
      let written = ClosedForm(world, filled: true)
      #expect(written.isComplete)
      let report = try store().write(state, written.tensors)
      #expect(try store().latest() == report.path)
      let digest = try CheckpointFile(report.path).digest()
      #expect(digest.parameters == Self.parametersDigest)
      #expect(digest.state == Self.stateDigest)
      // With the same partition, and with another one.
      for blockSize in [FlatPartition.blockSize, 1000] {
        let loaded = ClosedForm(world, filled: false, blockSize: blockSize)
        let resumed = try #require(try store().resume(into: loaded.tensors))
        #expect(loaded.isComplete)
        #expect(resumed.path == report.path && resumed.warnings.isEmpty)
        var expected = state
        (expected.worldSize, expected.createdAt) = (world.size, resumed.state.createdAt)
        #expect(resumed.state == expected)
      }
      try world.barrier()
    }

    @Test("a configuration of 2 MiB, with the names of many classes, is written by all ranks")
    func longConfiguration() throws {
      var long = state
      long.configuration = String(repeating: "n01440764 tench, Tinca tinca\n", count: 70_000)
      long.training = TrainingSetIdentity(count: 7, listing: "0a", lengths: "1b", contents: "ff")
      let path = try store().write(long, ClosedForm(world, filled: true).tensors).path
      let file = try CheckpointFile(path)
      #expect(
        file.state.configuration == long.configuration && file.state.training == long.training)
      #expect(try file.verify() == [] && file.digest().state == Self.stateDigest)
      try world.barrier()
    }

    @Test("one rank reads what N wrote, and N read what one wrote")
    func elastic() throws {
      let path = try store().write(state, ClosedForm(world, filled: true).tensors).path
      let alone = try Communicator.alone()
      let single = ClosedForm(alone, filled: false)
      let ownStore = CheckpointStore(
        directory: scratch.file("rank-\(world.rank)"), world: alone, keepLast: 1)
      _ = try ownStore.load(path, into: single.tensors)
      #expect(single.isComplete)
      let copy = try ownStore.write(state, single.tensors).path
      try world.barrier()
      let all = ClosedForm(world, filled: false)
      let last = try world.broadcast(text: copy, from: world.size - 1)
      _ = try store().load(last, into: all.tensors)
      #expect(all.isComplete)
      try world.barrier()
    }

    @Test("the newest K checkpoints up to the written one stay, stale temporary files go")
    func keepLast() throws {
      let tensors = ClosedForm(world, filled: true).tensors
      let store = store(2)
      _ = try store.write(state(step: 1), tensors)
      if world.rank == 0 {
        for (name, age) in [
          (".tmp-000000009-a.h5", 7200.0), (".tmp-000000009-b.h5", 60), ("keep", 7200),
        ] {
          let path = "\(store.directory)/\(name)"
          _ = FileManager.default.createFile(atPath: path, contents: Data())
          try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: path)
        }
      }
      for step in [2, 3, 4] { _ = try store.write(state(step: step), tensors) }
      #expect(try steps(store) == [4, 3])
      // Going back to step 2 keeps what is written, and leaves the later ones alone.
      _ = try store.write(state(step: 2), tensors)
      #expect(try steps(store) == [4, 3, 2])
      if world.rank == 0 {
        let names = try FileManager.default.contentsOfDirectory(atPath: store.directory)
        #expect(
          Set(names).subtracting(["keep", "last.h5"]).filter { !$0.hasPrefix("step") } == [
            ".tmp-000000009-b.h5"
          ])
        #expect(names.contains("keep"))
      }
      try world.barrier()
    }

    @Test("damaged newest checkpoints are skipped with name and reason, and nothing hangs")
    func fallback() throws {
      let tensors = ClosedForm(world, filled: true).tensors
      let store = store()
      let paths = try [1, 2, 3].map { try store.write(state(step: $0), tensors).path }
      try damage(paths[2]) { $0 = $0.prefix($0.count / 2) }
      try damage(paths[1], flip)
      let loaded = ClosedForm(world, filled: false)
      let resumed = try #require(try store.resume(into: loaded.tensors))
      #expect(resumed.path == paths[0] && resumed.state.step == 1 && loaded.isComplete)
      #expect(resumed.warnings.count == 2)
      #expect(resumed.warnings.first?.contains("step-000000003.h5") == true)
      #expect(resumed.warnings.first?.contains("truncated") == true, "\(resumed.warnings)")
      #expect(resumed.warnings.last?.contains("parameters/embedding/kernel: the checksum") == true)
      try damage(paths[0]) { $0 = Data() }
      let none = error { _ = try store.resume(into: loaded.tensors) }
      #expect(none?.cause == .noneUsable)
      try world.barrier()
    }

    @Test("a write that does not read back is removed, and the older checkpoint stays")
    func verification() throws {
      let tensors = ClosedForm(world, filled: true).tensors
      var store = store()
      let first = try store.write(state(step: 1), tensors).path
      let rank = world.rank
      let world = world
      store.beforeVerification = { path in
        if rank == 0, var bytes = try? Data(contentsOf: URL(fileURLWithPath: path)) {
          try? flip(&bytes)
          try? bytes.write(to: URL(fileURLWithPath: path))
        }
        try? world.barrier()
      }
      let failure = error { _ = try store.write(state(step: 2), tensors) }
      #expect(failure?.cause == .verification && failure?.isRecoverable == true)
      #expect(failure?.reason.contains("parameters/embedding/kernel") == true)
      #expect(try store.all() == [first])
      if rank == 0 {
        let names = try FileManager.default.contentsOfDirectory(atPath: store.directory)
        #expect(Set(names) == ["last.h5", "step-000000001.h5"])
      }
      store.beforeVerification = nil
      _ = try store.write(state(step: 2), tensors)
      #expect(try steps(store) == [2, 1])
      try world.barrier()
    }

    @Test("without space nothing is written, all ranks say so, and the next one succeeds")
    func noSpace() throws {
      let tensors = ClosedForm(world, filled: true).tensors
      try StopSignals.ignoreThoseOfWriting()  // a file size limit is an error then
      var limit = rlimit()
      getrlimit(__rlimit_resource_t(1), &limit)  // RLIMIT_FSIZE
      let before = limit
      limit.rlim_cur = 100_000
      setrlimit(__rlimit_resource_t(1), &limit)
      let failure = error { _ = try store().write(state, tensors) }
      limit = before
      setrlimit(__rlimit_resource_t(1), &limit)
      #expect(
        failure?.cause == .noSpace && failure?.kind == .inputOutput,
        "\(String(describing: failure))")
      #expect(try store().all() == [])
      _ = try store().write(state, tensors)
      #expect(try store().all().count == 1)
      try world.barrier()
    }

    @Test("an impossible directory is an error on all ranks, an absent one has no checkpoints")
    func directories() throws {
      let tensors = ClosedForm(world, filled: true).tensors
      let blocked = CheckpointStore(directory: "/dev/null/run", world: world, keepLast: 1)
      #expect(error { _ = try blocked.write(state, tensors) }?.cause == .directory)
      #expect(try store(name: "absent").resume(into: tensors) == nil)
      #expect(try store(name: "absent").latest() == nil)
      try world.barrier()
    }

    @Test("a checkpoint of another model stops the resume with the names of the tensors")
    func mismatch() throws {
      _ = try store().write(state, ClosedForm(world, filled: true).tensors)
      let layout = ParameterLayout([ParameterSpecification("head/bias", [11], .zeros)])
      let parameters = AlignedBuffer<Float>(count: layout.storageCount)
      let other = CheckpointTensors(
        layout: layout, parameters: parameters.elements, moments: [],
        partition: FlatPartition(count: layout.storageCount, parts: world.size),
        owners: [parameters])
      let failure = error { _ = try store().resume(into: other) }
      #expect(failure?.cause == .mismatch && failure?.kind == .checkpoint)
      #expect(failure?.reason.contains("head/bias: expected shape [11], found [10]") == true)
      try world.barrier()
    }

    @Test("parameters alone are read without the moments")
    func parametersOnly() throws {
      let path = try store().write(state, ClosedForm(world, filled: true).tensors).path
      let loaded = ClosedForm(world, filled: false)
      let tensors = CheckpointTensors(
        layout: ClosedForm.layout, parameters: loaded.parameters.elements, moments: [],
        partition: loaded.tensors.partition, owners: [loaded.parameters])
      _ = try store().load(path, into: tensors)
      let expected = ClosedForm(world, filled: true).parameters
      #expect(loaded.parameters.elements.elementsEqual(expected.elements))
      try world.barrier()
    }
  }
}
