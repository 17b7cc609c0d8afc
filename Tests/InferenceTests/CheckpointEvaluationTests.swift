import Evaluation
import Foundation
import ImageCodecs
import ImageData
import Inference
import Labels
import MPI
import MUSIQ
import ModelExchange
import ModelTestSupport
import Multiscale
import RunConfig
import TestSupport
import Testing

/// Models of golden parameters on images of the fixtures, labelled by formulas.
struct ScoredSet {
  static let images = Golden.fixtures.appendingPathComponent("images").path
  static let names = [
    "baseline.jpg", "rgb-8.png", "gray.jpg", "24.bmp", "progressive.jpg", "q30-422.jpg",
    "q95-444.jpg", "rgba-8.png", "truncated-50.jpg", "interlaced.png", "restart.jpg",
    "exif-orientation-6.jpg",
  ]
  /// The place of the file that cannot be decoded.
  static let damaged = 8

  static func write(
    to path: String, kind: LabelKind, names attributes: [String] = [],
    target: (Int) -> Label
  ) throws {
    let samples = try names.enumerated().map { id, name in
      let header = try ImageDecoder.header(ofFile: "\(images)/\(name)")
      return Sample(path: name, target: target(id), height: header.height, width: header.width)
    }
    let index = SampleIndex(
      root: images, kind: kind, classNames: attributes, samples: samples,
      excluded: [.init(path: "a,b.jpg", reason: "the file is empty")])
    try index.write(to: path)
  }

  static func model(
    to path: String, outputs: Int, score: ScoreConfiguration = .init(), sides: [Int] = [16, 24]
  ) throws {
    var run = RunConfiguration()
    run.model = .tiny(outputs: outputs)
    run.model.score = score
    run.model.multiscale.longerSideLengths = sides
    run.parallel.workers = 1
    let model = ModelRun(run.model, seed: nil)
    try NPZFile.write(model.parameters, configuration: run.yaml, to: path)
  }

  static func ratings(_ id: Int) -> Label {
    let counts = (0..<10).map { Float((id * 7 + $0 * 3) % 11 + 1) }
    let total = counts.reduce(0, +)
    return .ratings(counts.map { $0 / total })
  }
}

@Suite(.serialized) struct CheckpointEvaluationTests {
  let scratch: ScratchDirectory
  let world: Communicator

  init() throws {
    _ = try RankSuite.world
    world = try .alone()
    scratch = try ScratchDirectory()
  }

  private func evaluate(
    _ models: [String], on set: String, resamples: Int = 50, _ overrides: [String] = []
  ) throws -> EvaluationReport {
    var request = EvaluationRequest(
      checkpoints: models.map { scratch.file($0) },
      overrides: ["data.manifest=\(scratch.file(set))"] + overrides)
    request.resamples = resamples
    return try CheckpointEvaluation(request, world: world).run { _ in }
  }

  private func rows(_ report: EvaluationReport) throws -> [[String]] {
    let path = scratch.file("rows.csv")
    try report.writeCSV(to: path)
    return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  private func document(_ report: EvaluationReport) throws -> [String: Any] {
    let path = scratch.file("report.json")
    try report.writeJSON(to: path)
    let object = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: path)))
    return try #require(object as? [String: Any])
  }

  @Test("a score is compared in the units of the set; damaged and excluded files have rows")
  func scores() throws {
    try ScoredSet.write(to: scratch.file("set.txt"), kind: .score) { .score(Float($0 * 5 % 13)) }
    try ScoredSet.model(to: scratch.file("plain.npz"), outputs: 1)
    try ScoredSet.model(
      to: scratch.file("scaled.npz"), outputs: 1,
      score: .init(kind: .fixed(.score), offset: 50, scale: 4))
    let plain = try rows(evaluate(["plain.npz"], on: "set.txt"))
    let report = try evaluate(["scaled.npz"], on: "set.txt")
    let scaled = try rows(report)
    #expect(scaled[0] == ["path", "mos", "score", "error", "model", "status"])
    let identity = try #require(scaled[1].dropLast().last)
    #expect(identity.count == 12 && scaled.dropFirst().allSatisfy { $0.contains(identity) })
    #expect(plain[1].dropLast().last != identity)
    #expect(scaled.count == ScoredSet.names.count + 2)
    #expect(scaled[ScoredSet.damaged + 1].suffix(4) == ["", "", identity, "error"])
    #expect(scaled.last?.suffix(5) == ["", "", "", identity, "excluded"])
    let salvaged = try evaluate(["scaled.npz"], on: "set.txt", ["data.salvage=true"])
    #expect(try rows(salvaged)[ScoredSet.damaged + 1].last == "salvaged")
    #expect(salvaged.result.salvagedCount == 1 && salvaged.result.failedCount == 0)
    #expect("\(salvaged)".contains("12 images, 0 unreadable, 1 salvaged"))
    for (a, b) in zip(plain, scaled).dropFirst() where a.last == "ok" {
      let (a, b) = (try #require(Float(a[2])), try #require(Double(b[2])))
      #expect(b == Double(Float(50 + 4 * Double(a))))
    }
    let json = try document(report)
    let set = try #require(json["set"] as? [String: Any])
    #expect(set["images"] as? Int == 12 && set["excluded"] as? Int == 1)
    #expect(set["digest"] as? String == report.index.digest)
    let model = try #require((json["models"] as? [[String: Any]])?.first)
    let result = try #require(model["result"] as? [String: Any])
    #expect(result["n"] as? Int == 11 && result["failed"] as? Int == 1)
    let metrics = try #require(result["metrics"] as? [String: [String: Any]])
    let srcc = try #require(metrics["srcc"])
    // JSONSerialization reads to the last digit but one.
    let value = try #require(srcc["value"] as? Double)
    #expect(abs(value - (try #require(report.models[0].table["srcc"]?.value))) < 1e-15)
    #expect((srcc["low"] as? Double ?? 2) <= (srcc["high"] as? Double ?? -2))
    #expect(metrics["plcc_logistic4"]?["low"] is NSNull)
    #expect((model["parametersSha256"] as? String)?.count == 64)
    #expect(model["model"] as? String == identity)
  }

  @Test("ratings: distances and shares per image, agreeing with predict's score")
  func ratings() throws {
    try ScoredSet.write(to: scratch.file("set.txt"), kind: .ratings, target: ScoredSet.ratings)
    try ScoredSet.model(to: scratch.file("ava.npz"), outputs: 10)
    let report = try evaluate(["ava.npz"], on: "set.txt")
    let table = report.models[0].table
    for name in ["mse", "accuracy_above_5", "emd_r1", "emd_r2"] {
      #expect(table[name]?.interval != nil, "\(name)")
    }
    let rows = try rows(report)
    #expect(rows[0].count == 6 + 20 + 1 && rows[0][4] == "emd_r2" && rows[0].last == "status")
    let first = rows[1]
    let shares = first[15..<25].compactMap(Double.init)
    #expect(abs(shares.reduce(0, +) - 1) < 1e-5)
    let mean = zip(1..., shares).reduce(0.0) { $0 + Double($1.0) * $1.1 }
    #expect(abs(mean - (try #require(Double(first[2])))) < 1e-5)
    var distances: [Double] = []
    for row in rows.dropFirst() where row.last == "ok" {
      distances.append(try #require(Double(row[4])))
    }
    let emd = try #require(table["emd_r2"]?.value)
    #expect(abs(distances.reduce(0, +) / Double(distances.count) - emd) < 1e-12)
    // The order is that of the objective.
    let other = try evaluate(["ava.npz"], on: "set.txt", resamples: 0, ["objective.exponent=3"])
    #expect(other.models[0].table["emd_r3"] != nil && other.models[0].table["emd_r2"] == nil)
    #expect(try self.rows(other)[0][4] == "emd_r3")
    let one = try evaluate(["ava.npz"], on: "set.txt", resamples: 0, ["objective.exponent=1"])
    #expect(try self.rows(one)[0][4] == "emd_r1")
    #expect(one.models[0].table["emd_r1"]?.value == table["emd_r1"]?.value)
  }

  @Test("attributes are found by name, in any order")
  func attributes() throws {
    let targets = { (id: Int) in Label.attributes([Float(id % 5), Float(id * 3 % 7)]) }
    try ScoredSet.write(
      to: scratch.file("set.txt"), kind: .attributes, names: ["noise", "mos"], target: targets)
    try ScoredSet.model(
      to: scratch.file("a.npz"), outputs: 3,
      score: .init(kind: .fixed(.attributes), names: ["mos", "color", "noise"], offset: 1))
    let report = try evaluate(["a.npz"], on: "set.txt")
    let table = report.models[0].table
    #expect(table["srcc.noise"]?.value == table["srcc"]?.value)
    #expect(report.description.contains("  of noise  (11 images"))
    #expect(table["plcc.mos"] != nil && table["plcc.color"] == nil)
    let rows = try rows(report)
    #expect(
      rows[0] == [
        "path", "mos", "score", "error", "target_noise", "score_noise", "target_mos", "score_mos",
        "model", "status",
      ])
    #expect(rows[3][1] == "2.0" && rows[3][4] == "2.0" && rows[3][6] == "6.0")
    #expect(rows[3][2] == rows[3][5] && rows[3][2] != rows[3][7])
    try ScoredSet.model(
      to: scratch.file("b.npz"), outputs: 2,
      score: .init(kind: .fixed(.attributes), names: ["mos", "x"]))
    let error = #expect(throws: EvaluationError.self) { try evaluate(["b.npz"], on: "set.txt") }
    #expect(error?.description.contains("attributes noise, mos") == true)
  }

  @Test("an ensemble is the average of models of different scales; each is reported")
  func ensemble() throws {
    try ScoredSet.write(to: scratch.file("set.txt"), kind: .ratings, target: ScoredSet.ratings)
    for (name, sides) in [("a", [16, 24]), ("b", [16]), ("c", [32])] {
      try ScoredSet.model(to: scratch.file("\(name).npz"), outputs: 10, sides: sides)
    }
    let alone = try ["a", "b", "c"].map { try evaluate(["\($0).npz"], on: "set.txt") }
    let report = try evaluate(["a.npz", "b.npz", "c.npz"], on: "set.txt")
    for (place, single) in alone.enumerated() {
      // As text: a figure that does not exist is no number, and so not equal to itself.
      #expect("\(report.models[place].table)" == "\(single.models[0].table)")
    }
    let rows = try rows(report)
    #expect(rows[0][..<7] == ["path", "mos", "score_1", "score_2", "score_3", "score", "error"])
    for row in rows.dropFirst() where row.last == "ok" {
      let scores = row[2..<6].compactMap(Double.init)
      #expect(abs((scores[0] + scores[1] + scores[2]) / 3 - scores[3]) < 1e-12)
      #expect(Set(scores).count > 1)
    }
    guard case .scores(_, let records) = report.result else { return }
    #expect(records.count == 11 && report.result.failedCount == 1)
    #expect(records.allSatisfy { abs($0.parts.reduce(0, +) - 1) < 1e-5 })
    #expect(report.description.contains("[E] average of the 3 models"))
    let json = try document(report)
    #expect((json["models"] as? [Any])?.count == 3 && json["ensemble"] is [String: Any])
  }

  @Test("classes meet by name: a part of them, another order, unknown ones, no names at all")
  func classNames() throws {
    func set(_ file: String, _ names: [String]) throws {
      try ScoredSet.write(to: scratch.file(file), kind: .classes, names: names) {
        .classIndex(Int32($0 % names.count))
      }
    }
    func model(_ file: String, _ names: [String]) throws {
      try ScoredSet.model(
        to: scratch.file(file), outputs: 3, score: .init(kind: .fixed(.classes), names: names))
    }
    try model("m.npz", ["ant", "bee", "cat"])
    try set("all.txt", ["ant", "bee", "cat"])
    let all = try evaluate(["m.npz"], on: "all.txt")
    // The same images and classes, numbered otherwise.
    try ScoredSet.write(
      to: scratch.file("turned.txt"), kind: .classes, names: ["cat", "ant", "bee"]
    ) {
      .classIndex([1, 2, 0][$0 % 3])
    }
    let turned = try evaluate(["m.npz"], on: "turned.txt")
    #expect(try rows(turned) == rows(all) && turned.result == all.result)
    try set("part.txt", ["bee", "cat"])
    #expect(try rows(evaluate(["m.npz"], on: "part.txt")).dropFirst().allSatisfy { $0[1] != "0" })
    try set("other.txt", ["ant", "bee", "dune"])
    let error = #expect(throws: DataError.self) { try evaluate(["m.npz"], on: "other.txt") }
    #expect(error?.description.contains("m.npz does not have: 1 (dune)") == true)
    let rest = try evaluate(["m.npz"], on: "other.txt", ["data.unknownClasses=leaveOut"])
    #expect(rest.index.count == 8 && rest.index.excluded.count == 5)
    // Without names the number counts if there are as many.
    try model("unnamed.npz", [])
    let unnamed = try evaluate(["unnamed.npz"], on: "other.txt")
    #expect(unnamed.result == all.result)
    #expect(throws: DataError.self) { try evaluate(["unnamed.npz"], on: "part.txt") }
    try ScoredSet.model(to: scratch.file("score.npz"), outputs: 1)
    let kinds = #expect(throws: EvaluationError.self) { try evaluate(["score.npz"], on: "all.txt") }
    #expect(kinds?.description.contains("has classes, the model in") == true)
  }

  @Test("a model of classes on opinion scores, and ensembles of classes, are refused")
  func refusals() throws {
    try ScoredSet.write(to: scratch.file("set.txt"), kind: .score) { .score(Float($0)) }
    try ScoredSet.model(to: scratch.file("classes.npz"), outputs: 7)
    let error = #expect(throws: EvaluationError.self) {
      try evaluate(["classes.npz"], on: "set.txt")
    }
    #expect(error?.kind == .data)
    #expect(error?.description.contains("has opinion scores") == true)
    let report = try evaluate(["classes.npz"], on: "set.txt", ["model.score.kind=ratings"])
    #expect(report.result.count == 11)
    try ScoredSet.write(to: scratch.file("kinds.txt"), kind: .classes, names: ["a", "b"]) {
      .classIndex(Int32($0 % 2))
    }
    #expect(throws: EvaluationError.self) {
      try evaluate(["classes.npz", "classes.npz"], on: "kinds.txt")
    }
    let classes = try evaluate(["classes.npz"], on: "kinds.txt", ["model.score.names=[a, b]"])
    #expect(classes.models[0].table["top1"]?.interval != nil)
  }
}
