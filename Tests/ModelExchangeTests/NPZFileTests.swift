import Checkpoints
import Failures
import Foundation
import Inference
import MUSIQ
import ModelExchange
import ModelTestSupport
import Tensors
import TestSupport
import Testing

@Suite struct NPZFileTests {
  let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  private var path: String { scratch.file("x.npz") }

  private func bits(_ values: some Sequence<Float>) -> [UInt32] { values.map(\.bitPattern) }

  @Test("a file that NumPy stored gives its model and its values bit by bit")
  func stored() throws {
    let stored = try StoredModel(NPZFixture.stored)
    let c = stored.configuration.model
    #expect(
      c
        == MUSIQConfiguration(
          hiddenSize: 8, layerCount: 2, headCount: 2, mlpSize: 16, stemChannels: 32,
          blockChannels: 32, outputCount: 1,
          multiscale: .init(
            patchSize: 8, hashGrid: 3, longerSideLengths: [224, 384], nativePatchCap: -1)))
    #expect(stored.configuration.data.dct == .fast)
    #expect(stored.report.matched.count == 56 && stored.report.ignored.isEmpty)
    for entry in stored.model.layout.entries {
      let expected = goldenParameter(entry.name, entry.shape)
      #expect(bits(stored.parameters[entry.name]) == bits(expected), "\(entry.name)")
    }
  }

  @Test("deflated arrays of all number types are converted, their company is left alone")
  func mixed() throws {
    let stored = try StoredModel(NPZFixture.mixed)
    for entry in stored.model.layout.entries {
      let golden = goldenParameter(entry.name, entry.shape)
      let expected: [Float] =
        switch entry.name {
        case "conv_root/kernel", "block1/unit1/conv2/kernel":
          golden.map { Float(bitPattern: $0.bitPattern & 0xFFFF_0000) }
        case "gn_root/scale": (0..<32).map { Float($0 - 16) }
        case "gn_root/bias": (0..<32).map { Float($0 * 3) }
        case "embedding/bias": (0..<8).map { Float($0 * 30) }
        case "Transformer/encoder_norm/scale": (0..<8).map { $0 % 3 == 0 ? 1 : 0 }
        default: golden
        }
      if entry.name == "Transformer/cls" {
        for (a, b) in zip(stored.parameters[entry.name], expected) { #expect(abs(a - b) < 2e-5) }
      } else {
        #expect(bits(stored.parameters[entry.name]) == bits(expected), "\(entry.name)")
      }
    }
    #expect(
      stored.report.ignored == [
        "opt/state/step", "opt/state/param_states/head/kernel/momentum",
        "extra/accum_train_time", "extra/notes",
      ])
    #expect(stored.report.unexpected == ["something/else"])
    #expect(stored.report.converted.count == 8)
  }

  @Test("an exported model comes back bit by bit with its configuration, twice with the same bytes")
  func roundTrip() throws {
    let model = MUSIQModel(.tiny())
    let store = ParameterStore(layout: model.layout)
    store.initialize(seed: 9)
    store.buffer.pointer[0] = .init(bitPattern: 0x7FC0_1234)
    store.buffer.pointer[1] = -0.0
    store.buffer.pointer[2] = .leastNonzeroMagnitude
    var run = try StoredModel(NPZFixture.stored).configuration
    run.model = model.configuration
    run.run.seed = 77
    try NPZFile.write(store, configuration: run.yaml, to: path)
    let stored = try StoredModel(path)
    #expect(stored.configuration == run)
    #expect(bits(stored.parameters.buffer.elements) == bits(store.buffer.elements))
    try NPZFile.write(store, configuration: run.yaml, to: scratch.file("y.npz"))
    #expect(
      FileManager.default.contentsEqual(atPath: path, andPath: scratch.file("y.npz")))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted()
        == ["x.npz", "y.npz"])
  }

  private func refusal(_ archive: TestArchive) throws -> String {
    try archive.write(to: path)
    do {
      _ = try NPZFile(path)
    } catch {
      #expect(error.cause == .unreadable)
      #expect(error.kind == .checkpoint)
      return error.reason
    }
    return "accepted"
  }

  private func refusal(
    header: String, data: [UInt8] = [0, 0, 0, 0], declaredHeaderSize: Int? = nil,
    version: UInt8 = 1
  ) throws -> String {
    var archive = TestArchive()
    archive.add(
      "opt/target/head/bias", header: header, data: data,
      declaredHeaderSize: declaredHeaderSize, version: version)
    return try refusal(archive)
  }

  @Test(
    "headers outside of the grammar are refused with the reason",
    arguments: [
      ("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", "object array"),
      ("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }\n", "type '>f4'"),
      ("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }\n", "type '<c8'"),
      ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }\n", "structured"),
      ("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }\n", "Fortran"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1), }\n", "malformed"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }\n", "absurd"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }\n", "absurd"),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999, 9999999999), }\n",
        "more than"
      ),
      (
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 1), }\n",
        "more than"
      ),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", "archive says"),
      ("{'descr': '<f4', 'shape': (1,), }\n", "incomplete"),
      ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}\n", "repeated"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}\n", "unknown"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } + evil()\n", "malformed"),
      ("__import__('os').system('true')\n", "malformed"),
      ("", "malformed"),
    ])
  func headers(header: String, reason: String) throws {
    let found = try refusal(header: header)
    #expect(found.contains(reason) && found.contains("opt/target/head/bias.npy"), "\(found)")
  }

  @Test("any order, quotes and spacing of a sound header are read")
  func soundHeaders() throws {
    for (header, version) in [
      ("{\"shape\":(1,),'fortran_order':False,\"descr\":'<f4'}   \n", 1),
      ("{ 'descr' : '<f4' , 'fortran_order' : False , 'shape' : ( 1 , ) , }\n", 2),
      ("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }\n", 3),
    ] {
      #expect(try refusal(header: header, version: UInt8(version)) == "accepted")
    }
  }

  @Test("a header that claims megabytes and unknown versions are refused")
  func absurdHeaders() throws {
    let sound = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n"
    #expect(
      try refusal(header: sound, declaredHeaderSize: 1 << 30, version: 2).contains("limit"))
    #expect(try refusal(header: sound, version: 9).contains("version 9.0"))
    #expect(try refusal(header: sound, declaredHeaderSize: 4000).contains("malformed"))
  }

  @Test("lying sizes, wrong checksums, other compressions and repeated names are refused")
  func lies() throws {
    var honest = TestArchive()
    honest.add("opt/target/head/bias", shape: [1], values: [3])
    #expect(try refusal(honest) == "accepted")
    var archive = honest
    archive.entries[0].declaredSize = honest.entries[0].data.count + 4
    #expect(try refusal(archive) != "accepted")
    archive = honest
    archive.entries[0].checksum = 1
    #expect(try refusal(archive).contains("CRC"))
    archive = honest
    archive.entries[0].method = 99
    #expect(try refusal(archive) != "accepted")
    archive = honest
    archive.entries[0].method = 14  // LZMA: its memory is the file's decision
    #expect(try refusal(archive) != "accepted")
    archive = honest
    archive.entries[0].flags = 1
    #expect(try refusal(archive) != "accepted")
    archive = honest
    archive.add("head/bias", shape: [1], values: [4])
    #expect(try refusal(archive).contains("twice"))
    // A claim of 4 GiB costs nothing.
    archive = TestArchive()
    archive.add(
      "opt/target/head/bias",
      header: "{'descr': '<f4', 'fortran_order': False, 'shape': (1073741000,), }\n", data: [])
    archive.entries[0].declaredSize = 4_294_964_000 + archive.entries[0].data.count
    #expect(try refusal(archive) != "accepted")
    let outcome = try Program.run(["checkpoint", "verify", path], in: scratch)
    #expect(outcome.code == 5)
    #expect(outcome.peakGiB > 0 && outcome.peakGiB < 0.75)
  }

  @Test("every truncation of a file is refused")
  func truncations() throws {
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: NPZFixture.mixed)))
    for length in stride(from: 0, to: bytes.count, by: 977) {
      try Data(bytes[..<length]).write(to: URL(fileURLWithPath: path))
      #expect(throws: CheckpointError.self) { try NPZFile(path) }
    }
  }

  @Test("500 mutations of a file are read or refused, with little memory")
  func mutations() throws {
    var state: UInt64 = 0
    func draw(below bound: Int) -> Int {
      state += 1
      return Int(splitMix64(state) % UInt64(bound))
    }
    let originals = try [NPZFixture.stored, NPZFixture.mixed].map {
      try [UInt8](Data(contentsOf: URL(fileURLWithPath: $0)))
    }
    var paths: [String] = []
    var refused = 0
    for round in 0..<500 {
      var bytes = originals[round % 2]
      for _ in 0...draw(below: 4) {
        // A third of the changes hit the directory at the end, a third the first headers.
        let position =
          switch draw(below: 3) {
          case 0: bytes.count - 1 - draw(below: min(bytes.count, 8000))
          case 1: draw(below: min(bytes.count, 600))
          default: draw(below: bytes.count)
          }
        switch draw(below: 4) {
        case 0: bytes[position] = UInt8(draw(below: 256))
        case 1: bytes[position] ^= UInt8(1 << draw(below: 8))
        case 2:
          for i in position..<min(position + draw(below: 64), bytes.count) {
            bytes[i] = draw(below: 2) == 0 ? 0 : 0xFF
          }
        default:
          let from = draw(below: bytes.count - 16)
          let part = Array(bytes[from..<from + 16])
          for (i, byte) in part.enumerated() where position + i < bytes.count {
            bytes[position + i] = byte
          }
        }
      }
      paths.append(scratch.file("\(round).npz"))
      try Data(bytes).write(to: URL(fileURLWithPath: paths[round]))
      do {
        _ = try StoredModel(paths[round])
      } catch let error as any Failure {
        #expect(error.kind == .checkpoint, "\(error)")
        refused += 1
      }
    }
    #expect(refused > 250)
    // Memory is measured where nothing else takes any; 0.75 GiB is what a full model needs.
    let outcome = try Program.run(["checkpoint", "verify"] + paths, in: scratch)
    #expect(outcome.code == 5)
    #expect(outcome.output.split(separator: "\n").count == 500)
    #expect(outcome.peakGiB > 0 && outcome.peakGiB < 0.75)
  }
}
