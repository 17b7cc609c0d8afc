import Explanation
import Files
import Foundation
import ImageCodecs
import Inference
import MUSIQ
import ModelTestSupport
import TestSupport
import Testing

/// A tiny model with a folder of images.
struct ExplainedImages {
  let scratch: ScratchDirectory
  let model: ExplainedModel
  var paths: [String] = []

  init(_ scratch: ScratchDirectory, outputs: Int = 1, score: ScoreConfiguration? = nil) throws {
    self.scratch = scratch
    var configuration = MUSIQConfiguration.tiny(outputs: outputs)
    if let score { configuration.score = score }
    model = try ExplainedModel(in: scratch, configuration)
  }

  /// Writes an image, different for each seed.
  mutating func add(_ name: String, seed: Int) throws {
    let path = scratch.file(name)
    try FileSystem.makeDirectory(FilePath.directory(of: path))
    let image = GoldenImage(height: 14 + seed, width: 21, seed: seed).image
    try FileSystem.replace(path, with: try PNGEncoder.encode(image))
    paths.append(path)
  }

  func explain(
    _ paths: [String], into folder: String = "why", workers: Int = 3,
    request: ExplanationRequest = ExplanationRequest()
  ) throws -> [ExplanationRow] {
    let pass = ExplanationPass(
      try Explainer(checkpoint: model.path), request: request, output: scratch.file(folder))
    var rows: [ExplanationRow] = []
    try pass(paths.map { PredictionInputs.Item($0) }, workers: workers) { rows.append($0) }
    return rows
  }
}

@Suite struct ExplanationPassTests {
  let scratch: ScratchDirectory

  init() throws {
    _ = try RankSuite.world
    scratch = try ScratchDirectory()
  }

  @Test("images of one name have folders of their own, in the order of the inputs")
  func names() throws {
    var images = try ExplainedImages(scratch)
    // One name in different letters and in both Unicode forms, and a name that looks like a second one.
    let names = [
      "a/x.png", "b/x.png", "b/X.PNG", "b/x.png~2", "c/\u{E9}.png", "c/e\u{301}.png", "c/東京.png",
      "d/" + String(repeating: "n", count: 255), "e/" + String(repeating: "n", count: 255),
    ]
    for (seed, name) in names.enumerated() { try images.add(name, seed: seed) }
    let rows = try images.explain(images.paths)
    #expect(rows.map(\.path) == images.paths)
    #expect(Set(rows.map { $0.folder.lowercased() }).count == names.count)
    #expect(rows[0].folder == "images/x.png" && rows[1].folder == "images/x.png~2")
    #expect(rows[6].folder == "images/東京.png")
    let explainer = try Explainer(checkpoint: images.model.path)
    for row in rows {
      let result = try #require(row.result)
      let alone = try explainer.explain(try explainer.image(row.path))
      #expect(result.verdict == alone.verdict && result.scales.map(\.without) == alone.ablation)
      let folder = "\(scratch.file("why"))/\(row.folder)"
      let listed = try FileSystem.list(folder).map(\.name.description)
      #expect(listed == result.files.sorted(by: FilePath.precedes))
      let report = try String(contentsOfFile: "\(folder)/attention.json", encoding: .utf8)
      #expect(report.contains("\"image\" : \"\(row.path)\""))
    }
  }

  @Test("any number of threads gives the same files")
  func threads() throws {
    var images = try ExplainedImages(scratch)
    for seed in 0..<7 { try images.add("\(seed).png", seed: seed) }
    let request = ExplanationRequest(drawsAspectCurve: true)
    let one = try images.explain(images.paths, into: "one", workers: 1, request: request)
    let four = try images.explain(images.paths, into: "four", workers: 4, request: request)
    #expect(one == four)
    for row in one {
      for file in try #require(row.result).files {
        let (first, second) = ("one/\(row.folder)/\(file)", "four/\(row.folder)/\(file)")
        #expect(
          try Data(contentsOf: URL(filePath: scratch.file(first)))
            == Data(contentsOf: URL(filePath: scratch.file(second))), "\(file)")
      }
    }
  }

  @Test("a file that cannot be read is a row with the reason and has no folder")
  func unreadable() throws {
    var images = try ExplainedImages(scratch)
    try images.add("good.png", seed: 1)
    try FileSystem.replace(scratch.file("bad.png"), with: Array("no image".utf8))
    let paths = [scratch.file("bad.png"), scratch.file("good.png"), scratch.file("none.png")]
    let rows = try images.explain(paths)
    #expect(rows.map { $0.result != nil } == [false, true, false])
    for row in [rows[0], rows[2]] {
      guard case .failed(let reason) = row.outcome else { continue }
      #expect(!reason.isEmpty)
    }
    let listed = try FileSystem.list(scratch.file("why/images")).map(\.name.description)
    #expect(listed == ["good.png"])
    let problem = PredictionInputs.Item("x", problem: "the name is odd")
    let pass = ExplanationPass(
      try Explainer(checkpoint: images.model.path), request: ExplanationRequest(),
      output: scratch.path)
    try pass([problem], workers: 1) { #expect($0.outcome == .failed("the name is odd")) }
  }

  @Test("files that cannot be written end the pass with an error that names them")
  func unwritable() throws {
    var images = try ExplainedImages(scratch)
    for seed in 0..<5 { try images.add("\(seed).png", seed: seed) }
    try FileSystem.replace(scratch.file("file"), with: [])
    do {
      _ = try images.explain(images.paths, into: "file")
      Issue.record("nothing was thrown")
    } catch let error as ExplanationError {
      #expect(error.kind == .inputOutput && "\(error)".contains(scratch.file("file")))
    }
  }
}
