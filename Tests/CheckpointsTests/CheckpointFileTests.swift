import Checkpoints
import Foundation
import HDF5
import MPI
import ModelTestSupport
import Tensors
import TestSupport
import Testing

/// Files are written by a communicator of one: the tests under mpirun do the same with more.
@Suite(.serialized) struct CheckpointFileTests {
  let scratch: ScratchDirectory
  let store: CheckpointStore
  let model: ParameterStore
  let tensors: CheckpointTensors
  private let moments: [AlignedBuffer<Float>]
  let state = CheckpointState(
    step: 12, epoch: 1, cursor: 34, seed: .max, optimizerStep: 11, configuration: "a: 1\nb: 'ü'\n",
    program: "test 1.0", worldSize: 1, optimizerKind: "adamw")

  init() throws {
    _ = try RankSuite.world  // starts MPI
    scratch = try ScratchDirectory()
    store = CheckpointStore(directory: scratch.file("run"), world: try .alone(), keepLast: 3)
    let layout = ParameterLayout([
      ParameterSpecification("head/kernel", [30, 10], .lecunNormal),
      ParameterSpecification("body/block_0/scale", [7], .ones),
      ParameterSpecification("body/block_0/kernel", [3, 3, 2, 5], .normal(deviation: 1)),
    ])
    model = ParameterStore(layout: layout)
    model.initialize(seed: 5)
    moments = [
      AlignedBuffer(count: layout.storageCount), AlignedBuffer(count: layout.storageCount),
    ]
    for entry in layout.entries {
      for i in entry.range { moments[0].pointer[i] = Float(i) }
      for i in entry.range { moments[1].pointer[i] = -Float(i) }
    }
    tensors = CheckpointTensors(
      layout: layout, parameters: model.buffer.elements,
      moments: [("v", moments[1].elements), ("m", moments[0].elements)],
      partition: FlatPartition(count: layout.storageCount, parts: 1),
      owners: moments)
  }

  private func kind(_ body: () throws -> Void) -> CheckpointError.Cause? {
    do { try body() } catch { return (error as? CheckpointError)?.cause }
    return nil
  }

  @Test(
    "values that are not numbers are refused, with a right checksum too; the one before is taken")
  func notFinite() throws {
    let sound = try store.write(state, tensors)
    var later = state
    later.step += 1
    model.buffer.pointer[3] = .nan
    moments[1].pointer[5] = -.infinity
    let path = try store.write(later, tensors).path
    let words = try CheckpointFile(path).verify()
    #expect(words.count == 2 && words.allSatisfy { $0.hasSuffix(" (infinite or NaN)") }, "\(words)")
    let resumed = try #require(try store.resume(into: tensors))
    #expect(resumed.path == sound.path)
    #expect(resumed.warnings.count == 1 && resumed.warnings[0].contains("infinite or NaN"))
  }

  @Test("the table of contents has the state, and the tensors in layout order with norms")
  func contents() throws {
    let report = try store.write(state, tensors)
    #expect(report.path.hasSuffix("/step-000000012.h5"))
    #expect(report.bytes > tensors.layout.parameterCount * 12 && report.warnings.isEmpty)
    let file = try CheckpointFile(report.path)
    var expected = state
    expected.createdAt = file.state.createdAt
    #expect(file.state == expected)
    #expect(file.state.createdAt.count == 20 && file.state.createdAt.hasSuffix("Z"))
    #expect(file.moments == ["m", "v"])
    let names = tensors.layout.entries.map(\.name)
    #expect(file.parameters.map(\.name) == names)
    #expect(file.parameters.map(\.shape) == tensors.layout.entries.map(\.shape))
    #expect(
      file.tensors.map(\.path)
        == ["parameters", "optimizer/m", "optimizer/v"].flatMap { g in names.map { "\(g)/\($0)" } })
    #expect(try file.verify() == [])
    let measured = try file.measure()
    #expect(measured.allSatisfy { $0.isIntact })
    #expect(abs(measured[1].norm - 7.0.squareRoot()) < 1e-12)
    #expect(
      try file.values(of: file.tensors[4]) == Array(moments[0][tensors.layout.entries[1].range]))
    let left = try FileManager.default.contentsOfDirectory(atPath: store.directory)
    #expect(Set(left) == ["last.h5", "step-000000012.h5"])
  }

  @Test("the parameters come back into a store bit by bit, with the digest of the memory")
  func parameters() throws {
    let file = try CheckpointFile(try store.write(state, tensors).path)
    let copy = ParameterStore(layout: model.layout)
    try file.read(into: copy)
    #expect(copy.buffer.elements.elementsEqual(model.buffer.elements))
    let digest = try file.digest()
    #expect(digest.parameters == StateDigest.parameters(of: model))
    #expect(digest.parameters.count == 64 && digest.state.count == 64)
  }

  @Test("the digests change with what they cover and with nothing else")
  func digests() throws {
    let first = try CheckpointFile(try store.write(state, tensors).path).digest()
    var other = state
    other.createdAt = "1970-01-01T00:00:00Z"
    other.program = "another"
    #expect(try CheckpointFile(try store.write(other, tensors).path).digest() == first)
    other.cursor += 1
    let moved = try CheckpointFile(try store.write(other, tensors).path).digest()
    #expect(moved.parameters == first.parameters && moved.state != first.state)
    moments[0].pointer[0] += 1
    let trained = try CheckpointFile(try store.write(state, tensors).path).digest()
    #expect(trained.parameters == first.parameters && trained.state != first.state)
    model["head/kernel"][0] += 1
    let changed = try CheckpointFile(try store.write(state, tensors).path).digest()
    #expect(changed.parameters != first.parameters && changed.state != trained.state)
  }

  @Test("another model is refused with names, expected and found shapes")
  func mismatch() throws {
    let file = try CheckpointFile(try store.write(state, tensors).path)
    let other = ParameterStore(
      layout: ParameterLayout([
        ParameterSpecification("head/kernel", [30, 11], .zeros),
        ParameterSpecification("body/block_0/scale", [7], .ones),
        ParameterSpecification("neck", [2], .zeros),
      ]))
    do {
      try file.read(into: other)
      Issue.record("accepted")
    } catch {
      #expect(error.cause == .mismatch && error.kind == .checkpoint)
      for part in [
        "parameters/head/kernel: expected shape [30, 11], found [30, 10]",
        "parameters/neck: expected shape [2], found no such tensor",
        "parameters/body/block_0/kernel: not part of this model", file.path,
      ] { #expect("\(error)".contains(part), "\(error)") }
    }
    let wrongMoments = CheckpointTensors(
      layout: model.layout, parameters: model.buffer.elements,
      moments: [("momentum", moments[0].elements)], partition: tensors.partition)
    #expect(kind { _ = try store.load(file.path, into: wrongMoments) } == .mismatch)
  }

  /// Each damaged file is opened by a process of its own: HDF5 keeps what it has read of such a file and
  /// can fall over it in a file that is whole.
  @Test("no flipped bit, cut or hole goes unnoticed")
  func corruption() throws {
    let path = try store.write(state, tensors).path
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    let digests = try digests(path).digests
    try #require(digests.count == 2)
    var random = RandomStream(seed: 3, purpose: .test)
    let damaged = scratch.file("damaged.h5")
    // What is accepted must be the original: flips can hit bytes that mean nothing.
    func examine(_ bytes: Data, _ what: String, mustFail: Bool = false) throws {
      try bytes.write(to: URL(fileURLWithPath: damaged))
      let found = try self.digests(damaged)
      let isRefused = found.code == 5 && found.errors.contains("damaged.h5")
      let isWhole = found.code == 0 && found.digests == digests
      #expect(isRefused || isWhole && !mustFail, "\(what): \(found)")
    }
    for _ in 0..<120 {
      var bytes = whole
      let position = random.integer(below: bytes.count)
      bytes[position] ^= 1 << UInt8(random.integer(below: 8))
      try examine(bytes, "flip at \(position)")
    }
    for _ in 0..<20 {
      let length = random.integer(below: whole.count)
      try examine(whole.prefix(length), "cut at \(length)", mustFail: true)
    }
    for block in stride(from: 0, to: whole.count, by: 1024) {
      var bytes = whole
      let end = min(block + 1024, bytes.count)
      bytes.replaceSubrange(block..<end, with: Data(count: end - block))
      try examine(bytes, "hole at \(block)")
    }
  }

  /// What `checkpoint digest` says about a file: the digests of parameters and state, or the error.
  private func digests(_ path: String) throws -> (code: Int32, digests: [String], errors: String) {
    let outcome = try Program.run(["checkpoint", "digest", path], in: scratch)
    let words = outcome.output.split(whereSeparator: \.isWhitespace).map(String.init)
    let isDigest: (String) -> Bool = { $0.count == 64 && $0.allSatisfy(\.isHexDigit) }
    return (outcome.code, words.filter(isDigest), outcome.errors)
  }

  @Test("a flipped bit in a tensor is found by name")
  func damagedTensor() throws {
    let path = try store.write(state, tensors).path
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let values = Data(buffer: UnsafeBufferPointer(model["body/block_0/kernel"]))
    let place = try #require(bytes.range(of: values)).lowerBound
    bytes[place + 100] ^= 0x10
    try bytes.write(to: URL(fileURLWithPath: path))
    let file = try CheckpointFile(path)
    #expect(try file.verify() == ["parameters/body/block_0/kernel"])
    #expect(kind { _ = try file.digest() } == .unreadable)
    #expect(kind { try file.read(into: ParameterStore(layout: model.layout)) } == .unreadable)
    #expect(
      try file.measure().filter { !$0.isIntact }.map(\.tensor.name) == ["body/block_0/kernel"])
  }

  @Test("the training set comes back, and a configuration with the names of 40,000 classes")
  func longState() throws {
    var long = state
    long.training = TrainingSetIdentity(count: 7, listing: "0a", lengths: "", contents: "ff")
    long.configuration = (0..<40_000).map { "n\($0) a name of forty letters, or nearly so\n" }
      .joined()
    let file = try CheckpointFile(store.write(long, tensors).path)
    #expect(file.state.configuration == long.configuration)
    #expect(file.state.training == long.training)
    #expect(try file.verify() == [] && file.digest() == CheckpointFile(file.path).digest())
    // Who trained what is no part of the state: other places, the same bits.
    let plain = try CheckpointFile(store.write(state, tensors).path)
    #expect(plain.state.training == nil)
    #expect(try plain.digest() == file.digest())
  }

  @Test("a checkpoint of format version 1 is read, its training set and classes unknown")
  func formerVersion() throws {
    let path = Golden.fixtures.appendingPathComponent("checkpoints/version-1.h5").path
    let file = try CheckpointFile(path)
    #expect(file.state.training == nil && file.parameters.count == 56)
    #expect(try file.verify() == [])
    #expect(
      try file.digest().parameters
        == "ce651e61f4fdf2eb6fd96497e7bfb60ea2ed49dce257a2600ea991f83b5296ac")
  }

  @Test("files that are no checkpoints are refused with a reason")
  func foreign() throws {
    #expect(kind { _ = try CheckpointFile(scratch.file("missing.h5")) } == .unreadable)
    try "hello".write(toFile: scratch.file("text.h5"), atomically: true, encoding: .utf8)
    #expect(kind { _ = try CheckpointFile(scratch.file("text.h5")) } == .unreadable)
    let file = try File.create(at: scratch.file("other.h5"))
    try file.setAttribute("format_version", 99)
    try file.close()
    let error = #expect(throws: CheckpointError.self) {
      try CheckpointFile(scratch.file("other.h5"))
    }
    #expect(error?.description.contains("format version 99") == true)
  }

  @Test(
    "error texts travel to other ranks by kind, and only lost space, directories and checks recover"
  )
  func kinds() {
    let recoverable: Set<CheckpointError.Cause> = [.noSpace, .directory, .verification]
    let all: [CheckpointError.Cause] = [
      .noSpace, .directory, .verification, .mustAbort, .unreadable, .mismatch, .noneUsable,
    ]
    for kind in all {
      let error = CheckpointError(kind, path: "/run/x.h5", reason: "because")
      #expect(error.isRecoverable == recoverable.contains(kind))
      #expect(error.mustAbort == (kind == .mustAbort))
      #expect(error.description.contains("/run/x.h5") && error.description.contains("because"))
    }
  }
}
