import Checkpoints
import Foundation
import Inference
import Labels
import MPI
import MUSIQ
import ModelExchange
import ModelTestSupport
import RunConfig
import Tensors
import TestSupport
import Testing

@Suite(.serialized) struct WeightFileTests {
  let scratch: ScratchDirectory
  let world: Communicator

  init() throws {
    world = try RankSuite.world
    scratch = try ScratchDirectory()
  }

  @Test("npz to checkpoint to npz keeps every bit, and the checkpoint is an ordinary one")
  func roundTrip() throws {
    let first = try StoredModel(NPZFixture.mixed)
    let report = try first.writeCheckpoint(to: scratch.file("a.h5"), world: world)
    #expect(report.path == scratch.file("a.h5"))
    let file = try CheckpointFile(report.path)
    #expect(try file.verify() == [])
    #expect(file.moments == [] && file.state.step == 0)
    #expect(try file.digest().parameters == first.digest)
    let second = try StoredModel(report.path)
    #expect(second.configuration == first.configuration)
    try second.export(to: scratch.file("b.npz"), as: .npz, names: .official)
    let third = try StoredModel(scratch.file("b.npz"))
    #expect(third.digest == first.digest && third.configuration == first.configuration)
    #expect(third.report.converted.isEmpty)
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted()
    #expect(names == ["a.h5", "b.npz"])
  }

  @Test("the names of 21,841 classes come back from every file that keeps them")
  func manyClasses() throws {
    var run = RunConfiguration()
    run.model = .tiny(outputs: 21_841)
    run.model.score.kind = .fixed(.classes)
    run.model.score.names = (0..<21_841).map { "n\($0) a name, of \"some\" words" }
    let store = ParameterStore(layout: MUSIQModel(run.model).layout)
    let path = scratch.file("many.npz")
    try NPZFile.write(store, configuration: run.yaml, to: path)
    let stored = try StoredModel(path)
    #expect(stored.configuration.model.score.names == run.model.score.names)
    let checkpoint = scratch.file("many.h5")
    _ = try stored.writeCheckpoint(to: checkpoint, world: world)
    #expect(try StoredModel(checkpoint).configuration == run)
    #expect(run.yaml.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  @Test("differences name the tensors, whatever the formats")
  func differences() throws {
    let path = scratch.file("a.h5")
    let stored = try StoredModel(NPZFixture.stored)
    _ = try stored.writeCheckpoint(to: path, world: world)
    #expect(try WeightFile(path).differences(from: WeightFile(NPZFixture.stored)) == [])
    let found = try WeightFile(path).differences(from: WeightFile(NPZFixture.mixed))
    #expect(
      Set(found.map(\.path)) == [
        "parameters/conv_root/kernel", "parameters/block1/unit1/conv2/kernel",
        "parameters/gn_root/scale", "parameters/gn_root/bias", "parameters/embedding/bias",
        "parameters/Transformer/encoder_norm/scale", "parameters/Transformer/cls",
      ])
    stored.parameters["head/bias"][0] = 8
    _ = try stored.writeCheckpoint(to: scratch.file("b.h5"), world: world)
    let one = try WeightFile(path).differences(from: WeightFile(scratch.file("b.h5")))
    #expect(one.map(\.path) == ["parameters/head/bias"])
    #expect(one[0].description.contains("1 elements differ"))
  }

  /// The stored fixture without some arrays and with others in another shape.
  private func incomplete() throws -> String {
    var archive = TestArchive()
    let stored = try StoredModel(NPZFixture.stored)
    for entry in stored.model.layout.entries where entry.name != "head/bias" {
      let isHead = entry.name == "head/kernel"
      archive.add(
        "opt/target/\(entry.name)", shape: isHead ? [8, 5] : entry.shape,
        values: isHead ? [Float](repeating: 1, count: 40) : Array(stored.parameters[entry.name]))
    }
    try archive.write(to: scratch.file("incomplete.npz"))
    return scratch.file("incomplete.npz")
  }

  @Test("missing and misshapen parameters are refused unless their names are allowed")
  func allowance() throws {
    let path = try incomplete()
    let overrides = ["model.outputCount=1"]
    var report: LoadReport?
    let error = #expect(throws: ParametersDiffer.self) {
      _ = try StoredModel(path, overrides: overrides) { report = $0 }
    }
    #expect(error?.kind == .checkpoint && error?.root == "head")
    #expect(error?.description.contains("head/bias is missing; head/kernel has the shape") == true)
    #expect(report?.missing == ["head/bias"])
    let mismatch = report?.mismatched.first
    #expect(report?.mismatched.count == 1 && mismatch?.name == "head/kernel")
    #expect(mismatch?.expected == [8, 1] && mismatch?.found == [8, 5])
    #expect(report?.description.contains("missing head/bias") == true)
    #expect(throws: ParametersDiffer.self) {
      try StoredModel(path, overrides: overrides, allowing: ["hea", "head/kernel"])
    }
    let allowed = try StoredModel(path, overrides: overrides, allowing: ["head"])
    #expect(allowed.parameters["head/kernel"].allSatisfy { $0 == 0 })
    #expect(allowed.report.matched.count == 54)
  }

  @Test("shapes that do not tell the scales ask for them; shapes of no MUSIQ model are refused")
  func derivation() throws {
    func shapes(_ configuration: MUSIQConfiguration) -> [String: [Int]] {
      Dictionary(
        uniqueKeysWithValues: MUSIQModel(configuration).layout.entries.map { ($0.name, $0.shape) })
    }
    for outputs in [1, 10, 1000] {
      var published = MUSIQConfiguration(outputCount: outputs)
      published.multiscale.nativePatchCap = -1
      let derived = try ConfigurationFromShapes(shapes(published))
      #expect(derived.configuration == published && derived.undetermined.isEmpty)
    }
    var single = MUSIQConfiguration(outputCount: 1)
    single.multiscale.longerSideLengths = []
    single.multiscale.nativePatchCap = -1
    #expect(try ConfigurationFromShapes(shapes(single)).configuration == single)
    single.multiscale.longerSideLengths = [384]
    single.groupCount = 16
    (single.stemChannels, single.blockChannels) = (48, 64)
    #expect(
      try ConfigurationFromShapes(shapes(single)).undetermined.map(\.key)
        == ["model.multiscale.longerSideLengths", "model.groupCount"])
    for (name, shape) in [
      ("embedding/kernel", [16385, 384]), ("embedding/kernel", [8192, 384]),
      ("conv_root/kernel", [7, 7, 3]), ("cls", nil), ("conv_root/kernel", nil),
      ("Transformer/posembed_input/pos_embedding", [1, 99, 384]),
      ("block1/unit1/conv3/kernel", [1, 1, 64, 0]),
    ] as [(String, [Int]?)] where name != "cls" {
      var wrong = shapes(MUSIQConfiguration(outputCount: 1))
      wrong[name] = shape
      #expect(throws: ConfigurationFromShapes.Problem.self, "\(name) \(shape ?? [])") {
        try ConfigurationFromShapes(wrong)
      }
    }
  }

  @Test("a safetensors file has a parsable header, pyiqa's names, and transposed kernels")
  func safetensors() throws {
    let model = MUSIQModel(.tiny(outputs: 3))
    let stored = try npz(of: model)
    let path = scratch.file("a.safetensors")
    try stored.export(to: path, as: .safetensors, names: .pyiqa)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(length % 8 == 0)
    let header = try #require(
      JSONSerialization.jsonObject(with: bytes[8..<8 + length]) as? [String: [String: Any]])
    #expect(header.count == model.layout.entries.count + 1)
    #expect(header["__metadata__"]?["names"] as? String == "pyiqa")
    func tensor(_ name: String) throws -> (shape: [Int], values: [Float]) {
      let entry = try #require(header[name], "\(name)")
      #expect(entry["dtype"] as? String == "F32")
      let shape = try #require(entry["shape"] as? [Int])
      let range = try #require(entry["data_offsets"] as? [Int])
      let data = bytes[8 + length + range[0]..<8 + length + range[1]]
      return (shape, data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) })
    }
    let root = try tensor("conv_root.weight")
    let source = stored.parameters["conv_root/kernel"]
    #expect(root.shape == [8, 3, 7, 7])
    // [o, i, y, x] against [y, x, i, o].
    for (o, i, y, x) in [(0, 0, 0, 0), (5, 1, 6, 2), (7, 2, 6, 6)] {
      #expect(root.values[((o * 3 + i) * 7 + y) * 7 + x] == source[((y * 7 + x) * 3 + i) * 8 + o])
    }
    let block = "transformer_encoder.transformer.encoderblock_1"
    let attention = "Transformer/encoderblock_1/MultiHeadDotProductAttention_1"
    for part in ["query", "out"] {
      let weight = try tensor("\(block).attention.\(part).weight")
      #expect(weight.shape == [16, 16])
      #expect(
        weight.values[3 * 16 + 7] == stored.parameters["\(attention)/\(part)/kernel"][7 * 16 + 3])
    }
    #expect(try tensor("\(block).attention.query.bias").shape == [16])
    #expect(try tensor("\(block).mlp.fc1.weight").shape == [24, 16])
    #expect(try tensor("\(block).norm2.weight").shape == [16])
    #expect(try tensor("head.0.weight").shape == [3, 16])
    #expect(try tensor("block1.gn_proj.weight").shape == [16])
    #expect(try tensor("transformer_encoder.scaleembed_input.scale_emb").shape == [3, 16])
    #expect(try tensor("transformer_encoder.posembed_input.position_emb").shape == [1, 9, 16])
    #expect(try tensor("transformer_encoder.cls").shape == [1, 1, 16])
    #expect(try tensor("transformer_encoder.encoder_norm.bias").shape == [16])
  }

  /// A model with test values, through a file.
  private func npz(of model: MUSIQModel) throws -> StoredModel {
    let store = ParameterStore(layout: model.layout)
    for entry in model.layout.entries {
      _ = store[entry.name].update(fromContentsOf: goldenParameter(entry.name, entry.shape))
    }
    var run = try StoredModel(NPZFixture.stored).configuration
    run.model = model.configuration
    try NPZFile.write(store, configuration: run.yaml, to: scratch.file("model.npz"))
    return try StoredModel(scratch.file("model.npz"))
  }

  @Test("files of no known kind are refused in words")
  func unknownFiles() throws {
    try Data("hello".utf8).write(to: URL(fileURLWithPath: scratch.file("a.npz")))
    for path in [scratch.file("a.npz"), scratch.file("none.npz"), scratch.path] {
      #expect(throws: CheckpointError.self) { try WeightFile(path) }
    }
  }
}
