import Checkpoints
import Foundation
import Inference
import MUSIQ
import ModelExchange
import ModelTestSupport
import RunConfig
import Tensors
import TestSupport
import Testing

@Suite(.serialized) struct SafetensorsFileTests {
  let scratch: ScratchDirectory
  static let npz = Golden.fixtures.appendingPathComponent("npz/tiny-stored.npz").path

  init() throws {
    _ = try RankSuite.world
    scratch = try ScratchDirectory()
  }

  /// Bytes of a file with this header and `data` zeros behind it.
  private func write(_ header: String, data: Int = 0, length: UInt64? = nil) throws -> String {
    let path = scratch.file("x.safetensors")
    let text = Array(header.utf8)
    let length = length ?? UInt64(text.count)
    let field = (0..<8).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) }
    try Data(field + text + [UInt8](repeating: 0, count: data)).write(
      to: URL(fileURLWithPath: path))
    return path
  }

  private func stored(_ overrides: [String] = []) throws -> StoredModel {
    try StoredModel(Self.npz, overrides: overrides)
  }

  @Test(
    "an export gives back every bit, also of a head whose outputs were put into units",
    arguments: ExportNames.allCases)
  func roundTrip(names: ExportNames) throws {
    for overrides in [[], ["model.score={kind: score, offset: 3.7, scale: 0.3, range: [1, 5]}"]] {
      let model = try stored(overrides)
      let path = scratch.file("model.safetensors")
      try model.export(to: path, as: .safetensors, names: names)
      let back = try StoredModel(path)
      #expect(back.digest == model.digest)
      #expect(back.configuration.model == model.configuration.model)
      #expect(back.identitySettings == model.identitySettings)
      #expect(back.report.unexpected.isEmpty && back.report.missing.isEmpty)
      #expect(try SafetensorsFile(path).digest == model.unitsDigest)
    }
  }

  @Test("a head that another program has changed counts, not what the metadata remember")
  func changedHead() throws {
    let model = try stored(["model.score={kind: score, offset: 3.7, scale: 0.3}"])
    let path = scratch.file("model.safetensors")
    try model.export(to: path, as: .safetensors, names: .official)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    // The head is the end of the file: its bias becomes 0.
    bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0, 0])
    try bytes.write(to: URL(fileURLWithPath: path))
    let back = try StoredModel(path)
    #expect(back.parameters["head/bias"][0] == 0)
    #expect(back.configuration.model.score.offset == 0)
    #expect(back.configuration.model.score.scale == 1)
    #expect(
      Array(back.parameters["head/kernel"])
        == Array(model.withScoresInUnits().parameters["head/kernel"]))
  }

  @Test("F16, BF16 and F64 are converted")
  func types() throws {
    let header =
      #"{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"#
      + #""b":{"dtype":"BF16","shape":[1],"data_offsets":[2,4]},"#
      + #""c":{"dtype":"F64","shape":[],"data_offsets":[4,12]}}"#
    let path = try write(header)
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    bytes.append(contentsOf: [0x00, 0x3E, 0x20, 0x40])
    bytes.append(contentsOf: withUnsafeBytes(of: (-2.5).bitPattern.littleEndian, Array.init))
    try bytes.write(to: URL(fileURLWithPath: path))
    let layout = ParameterLayout(
      ["a", "b", "c"].map { ParameterSpecification($0, $0 == "c" ? [] : [1], .zeros) })
    let store = ParameterStore(layout: layout)
    try WeightFile(path).load(into: store)
    #expect(store["a"][0] == 1.5 && store["b"][0] == 2.5 && store["c"][0] == -2.5)
  }

  @Test("a header that contradicts its file is refused in one sentence, before memory is taken")
  func refusals() throws {
    func tensor(_ shape: String, _ offsets: String, _ type: String = "F32") -> String {
      "{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }
    let cases: [(() throws -> String, String)] = [
      ({ try write("{}", length: 1 << 62) }, "says that it has \(1 << 62) bytes"),
      ({ try write("{}", length: 3) }, "says that it has 3 bytes"),
      ({ try write("{\"a\":") }, "is no JSON object"),
      ({ try write("[1]") }, "is no JSON object"),
      (
        { try write("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}") },
        "is no JSON object"
      ),
      ({ try write("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}") }, "is no JSON object"),
      ({ try write("{\"__metadata__\":{\"a\":1}}") }, "is no JSON object"),
      ({ try write(String(repeating: "[", count: 100_000)) }, "is no JSON object"),
      ({ try write("{\"a\":\(tensor("[1]", "[0,4]", "I64"))}", data: 4) }, "values of type I64"),
      ({ try write("{\"a\":\(tensor("[2]", "[0,4]"))}", data: 4) }, "needs 8 bytes"),
      ({ try write("{\"a\":\(tensor("[1]", "[4,8]"))}", data: 4) }, "needs 4 bytes"),
      ({ try write("{\"a\":\(tensor("[1]", "[-4,0]"))}", data: 4) }, "needs 4 bytes"),
      ({ try write("{\"a\":\(tensor("[-1]", "[0,4]"))}", data: 4) }, "has the shape [-1]"),
      (
        { try write("{\"a\":\(tensor("[4294967296,4294967296]", "[0,4]"))}", data: 4) },
        "has the shape"
      ),
      ({ try write("{\"a\":\(tensor("[1]", "[0,4]"))}", data: 8) }, "the tensors have 4 bytes"),
      (
        {
          try write("{\"a\":\(tensor("[1]", "[0,4]")),\"b\":\(tensor("[1]", "[8,12]"))}", data: 12)
        },
        "does not follow"
      ),
      (
        {
          try write("{\"a\":\(tensor("[2]", "[0,8]")),\"b\":\(tensor("[2]", "[4,12]"))}", data: 12)
        },
        "does not follow"
      ), ({ try write("{\"__metadata__\":{\"names\":\"mine\"}}") }, "names of 'mine'"),
    ]
    for (make, words) in cases {
      let path = try make()
      let error = #expect(throws: CheckpointError.self, "\(words)") { try WeightFile(path) }
      let text = error?.description ?? ""
      #expect(text.contains(words) && !text.contains("\n"), "\(text)")
    }
  }

  @Test("every cut of an export is refused")
  func cut() throws {
    let path = scratch.file("model.safetensors")
    try stored().export(to: path, as: .safetensors, names: .official)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    for count in [0, 7, 8, 9, 500, bytes.count - 4, bytes.count - 1] {
      try bytes.prefix(count).write(to: URL(fileURLWithPath: path))
      let error = #expect(throws: CheckpointError.self) { try WeightFile(path) }
      #expect(error?.description.contains("\n") == false)
    }
  }
}
