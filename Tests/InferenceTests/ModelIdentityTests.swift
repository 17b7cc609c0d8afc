import Files
import Foundation
import Inference
import MUSIQ
import ModelTestSupport
import RunConfig
import Tensors
import TestSupport
import Testing

@Suite(.serialized) struct ModelIdentityTests {
  let scratch: ScratchDirectory
  static let model = Golden.fixtures.appendingPathComponent("npz/tiny-stored.npz").path

  init() throws {
    _ = try RankSuite.world
    scratch = try ScratchDirectory()
  }

  private func format(
    _ stored: StoredModel, _ kind: PredictionFormat.Kind = .csv,
    _ change: (inout PredictionModel) -> Void = { _ in }
  ) -> PredictionFormat {
    var model = PredictionModel(stored)
    change(&model)
    return PredictionFormat(
      kind, score: stored.score(head: nil), outputCount: stored.configuration.model.outputCount,
      model: model)
  }

  @Test("whatever changes scores changes the name of the model, and nothing else does")
  func settings() throws {
    let plain = try StoredModel(Self.model)
    let name = format(plain).identity
    #expect(name.description.wholeMatch(of: /[0-9a-f]{12}/) != nil)
    #expect(format(try StoredModel(Self.model), .jsonl).identity == name)
    // Threads, learning rate and the place of the file decide no score.
    let elsewhere = scratch.file("copy.npz")
    try FileManager.default.copyItem(atPath: Self.model, toPath: elsewhere)
    let same = try StoredModel(
      elsewhere, overrides: ["parallel.workers=3", "optimizer.learningRate=0.5"])
    #expect(format(same).identity == name)

    let changed = try [
      format(StoredModel(Self.model, overrides: ["model.multiscale.nativePatchCap=7"])),
      format(StoredModel(Self.model, overrides: ["model.score.scale=2"])),
      format(StoredModel(Self.model, overrides: ["data.dct=accurate"])),
      format(plain) { $0.orientation = "apply" }, format(plain) { $0.precision = "bf16" },
      format(plain) { $0.isClipped = true },
    ].map(\.identity)
    #expect(Set(changed + [name]).count == changed.count + 1)
    let other = try StoredModel(Self.model)
    other.parameters["head/bias"][0] += 1
    #expect(format(other).identity != name)
  }

  @Test(
    "a file knows the images of this model and the names of others",
    arguments: PredictionFormat.Kind.allCases)
  func files(kind: PredictionFormat.Kind) throws {
    let (first, second) = (
      format(try StoredModel(Self.model), kind),
      format(try StoredModel(Self.model, overrides: ["model.score.offset=1"]), kind)
    )
    // One word in two Unicode forms: two files.
    let (composed, decomposed) = ("caf\u{e9}.png", "cafe\u{301}.png")
    let path = scratch.file("rows")
    func write(_ names: [String], _ format: PredictionFormat) throws {
      let output = try PredictionOutput(path: path, appending: true, format: format)
      if output.isEmpty, let header = format.header { _ = try output.write(header) }
      for name in names { _ = try output.write(format.line(try Self.row(name))) }
    }
    try write([composed, "b.png"], first)
    try write([decomposed], second)
    let existing = try PredictionOutput.existing(path, format: first)
    #expect(existing.scored == [FileName(composed), FileName("b.png")])
    #expect(existing.otherModels == [second.identity.description])
    #expect(!existing.scored.contains(FileName(decomposed)))
    let own = try PredictionOutput.existing(path, format: second)
    #expect(own.scored == [FileName(decomposed)])
    #expect(own.otherModels == [first.identity.description])
  }

  @Test("the sidecar keeps what is said about each model of a file")
  func sidecar() throws {
    let path = scratch.file("rows.csv")
    let (first, second) = (
      format(try StoredModel(Self.model)),
      format(try StoredModel(Self.model)) { $0.precision = "x" }
    )
    for (place, format) in [first, second].enumerated() {
      let output = try PredictionOutput(path: path, appending: place > 0, format: format)
      if output.isEmpty { _ = try output.write(try #require(format.header)) }
      try output.writeSidecar(format)
    }
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: "\(path).json")))
        as? [String: [String: Any]])
    #expect(Set(object.keys) == [first.identity.description, second.identity.description])
    #expect(object[first.identity.description]?["precision"] as? String == "fp32")
    #expect(object[second.identity.description]?["precision"] as? String == "x")
  }

  @Test("a model with a parameter that is no number is refused by name")
  func notFinite() throws {
    let stored = try StoredModel(Self.model)
    try stored.requireFinite()
    stored.parameters["head/bias"][0] = .infinity
    #expect(
      throws: NonFiniteModel.parameter(path: Self.model, name: "head/bias", count: 1)
    ) { try stored.requireFinite() }
    #expect(throws: NonFiniteModel.self) {
      try PredictionPass(stored, options: .init(), world: .alone())
    }
  }

  private static func row(_ path: String) throws -> PredictionRow {
    let result: [String: Any] = [
      "logits": [1], "score": 1, "height": 3, "width": 4, "tokens": 5,
    ]
    return try JSONDecoder().decode(
      PredictionRow.self,
      from: JSONSerialization.data(withJSONObject: [
        "path": path, "milliseconds": 1, "outcome": ["scored": ["_0": result]],
      ]))
  }
}
