import Files
import Foundation
import ImageCodecs
import Inference
import Kernels
import MPI
import MUSIQ
import ModelExchange
import ModelTestSupport
import RunConfig
import Tensors
import TestSupport
import Testing

@Suite(.serialized) struct PredictionTests {
  let scratch: ScratchDirectory
  static let model = Golden.fixtures.appendingPathComponent("npz/tiny-stored.npz").path
  static let images = Golden.fixtures.appendingPathComponent("images").path

  init() throws {
    _ = try RankSuite.world
    scratch = try ScratchDirectory()
  }

  private func predict(
    _ items: [PredictionInputs.Item], workers: Int, memoryLimit: Int? = nil
  ) throws -> [PredictionRow] {
    let stored = try StoredModel(Self.model, overrides: ["model.multiscale.nativePatchCap=8"])
    var options = PredictionOptions()
    (options.workers, options.memoryLimit) = (workers, memoryLimit)
    var rows: [PredictionRow] = []
    let end = try PredictionPass(stored, options: options, world: .alone())(items) {
      rows.append($0)
      return true
    }
    #expect(end == .complete)
    return rows
  }

  private func inputs(_ names: [String]) -> [PredictionInputs.Item] {
    names.map { PredictionInputs.Item("\(Self.images)/\($0)") }
  }

  private func outcomes(_ rows: [PredictionRow]) -> [PredictionRow.Outcome] { rows.map(\.outcome) }

  @Test("rows come in the order of the inputs and are the same for any workers and company")
  func order() throws {
    let names = ["baseline.jpg", "truncated-50.jpg", "rgb-8.png", "none.png", "gray.jpg", "24.bmp"]
    let single = try names.flatMap { try predict(inputs([$0]), workers: 1) }
    for workers in [1, 2, 5] {
      let rows = try predict(inputs(names + names.reversed()), workers: workers)
      #expect(
        rows.map { $0.path.split(separator: "/").last.map(String.init) } == names + names.reversed()
      )
      #expect(outcomes(rows) == outcomes(single) + outcomes(single.reversed()))
    }
    #expect(
      single.filter { $0.score == nil }.map(\.path)
        == inputs(["truncated-50.jpg", "none.png"]).map(\.path))
  }

  @Test("images beyond the memory limit are rows with the remedy, others wait for their turn")
  func memory() throws {
    let items = inputs(["baseline.jpg", "tall-1x4000.jpg", "rgb-8.png", "gray.jpg"])
    let all = try predict(items, workers: 4)
    #expect(all.allSatisfy { $0.score != nil })
    let limited = try predict(items, workers: 4, memoryLimit: 1 << 20)
    guard case .failed(let reason) = limited[0].outcome else {
      Issue.record("expected a refusal")
      return
    }
    #expect(reason.contains("MiB, more than the memory limit"))
  }

  @Test("a closed output ends the pass")
  func closedOutput() throws {
    let stored = try StoredModel(Self.model)
    var count = 0
    let end = try PredictionPass(stored, options: .init(), world: .alone())(
      inputs([String](repeating: "rgb-8.png", count: 50))
    ) { _ in
      count += 1
      return count < 3
    }
    #expect(end == .closed && count == 3)
  }

  private func format(
    _ kind: PredictionFormat.Kind, outputs: Int, score: ScoreConfiguration = .init(),
    isClipped: Bool = false
  ) -> PredictionFormat {
    var model = PredictionModel(path: "a \"b\".npz", digest: "00ff", cosineTransform: "fast")
    model.isClipped = isClipped
    return PredictionFormat(kind, score: score, outputCount: outputs, model: model)
  }

  private func row(
    _ path: String, logits: [Float]?, score: ScoreConfiguration = .init()
  ) throws -> PredictionRow {
    // Rows are made by the pass alone; JSON is how they travel between ranks.
    let result = logits.map {
      [
        "scored": [
          "_0": [
            "logits": $0, "score": $0.withUnsafeBufferPointer { score.score(outputs: $0) },
            "height": 3, "width": 4, "tokens": 5,
          ] as [String: Any]
        ]
      ]
    }
    let outcome: Any = result ?? ["failed": ["_0": "no, \"good\"\nfile"]]
    let object: [String: Any] = ["path": path, "milliseconds": 1.25, "outcome": outcome]
    return try JSONDecoder().decode(
      PredictionRow.self, from: JSONSerialization.data(withJSONObject: object))
  }

  @Test("columns follow from the head")
  func columns() throws {
    let score = format(.csv, outputs: 1)
    #expect(score.header == "path,score,width,height,tokens,ms,status,error,model")
    #expect(
      score.line(try row("a.png", logits: [1.5]))
        == "a.png,1.5,4,3,5,1.2,ok,,\(score.identity)")
    #expect(
      score.line(try row("a,\"b\".png", logits: nil))
        == "\"a,\"\"b\"\".png\",,,,,1.2,error,\"no, \"\"good\"\"\nfile\",\(score.identity)")
    let ratings = format(.csv, outputs: 2, score: .init(kind: .fixed(.ratings)))
    #expect(
      ratings.header
        == "path,score,score_std,scale_lo,scale_hi,p1,p2,width,height,tokens,ms,status,error,model")
    #expect(
      ratings.line(try row("a", logits: [0, 0], score: .init(kind: .fixed(.ratings))))
        == "a,1.5,0.5,1,2,0.5,0.5,4,3,5,1.2,ok,,\(ratings.identity)")
    let classes = format(.csv, outputs: 3)
    #expect(
      classes.header
        == "path,class,class_index,probability,width,height,tokens,ms,status,error,model")
    #expect(
      classes.line(try row("a", logits: [0, 30, 0]))
        == "a,1,1,1.0,4,3,5,1.2,ok,,\(classes.identity)")
    for format in [score, ratings, classes] {
      let columns = try #require(format.header).split(separator: ",").count
      let line = format.line(try row("b", logits: nil))
      #expect(line.hasPrefix("b" + String(repeating: ",", count: columns - 4) + "1.2,error,"))
    }
  }

  @Test("a classifier gives the name of the class, the five most probable in JSON, and no score")
  func classNames() throws {
    let names = ["ant", "bee, \"wild\"", "cat", "dog", "elk", "fox"]
    let score = ScoreConfiguration(kind: .fixed(.classes), names: names)
    let image = try row("a", logits: [0, 5, 1, 4, 2, 3], score: score)
    let csv = format(.csv, outputs: 6, score: score)
    #expect(csv.line(image).hasPrefix("a,\"bee, \"\"wild\"\"\",1,0.63"))
    let json = format(.jsonl, outputs: 6, score: score)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(json.line(image).utf8)) as? [String: Any])
    #expect(object["class"] as? String == names[1] && object["class_index"] as? Int == 1)
    #expect(object["score"] == nil && object["direction"] == nil && !json.hasScore)
    let top = try #require(object["top"] as? [[String: Any]])
    #expect(top.map { $0["class_index"] as? Int } == [1, 3, 5, 4, 2])
    #expect(top.map { $0["class"] as? String } == [1, 3, 5, 4, 2].map { names[$0] })
    #expect(top[0]["probability"] as? Double == object["probability"] as? Double)
    let failed = try #require(
      JSONSerialization.jsonObject(with: Data(json.line(row("a", logits: nil)).utf8))
        as? [String: Any])
    #expect(failed["class"] is NSNull && failed["score"] == nil)
  }

  @Test("range, percentile, direction and attributes come from the model; --clip keeps the range")
  func meaning() throws {
    var score = ScoreConfiguration(
      kind: .fixed(.score), offset: 10, scale: 2, range: [0, 100], lowerIsBetter: true,
      quantiles: [10, 20, 30, 40, 60])
    let plain = format(.csv, outputs: 1, score: score)
    #expect(
      plain.header
        == "path,score,scale_lo,scale_hi,percentile,width,height,tokens,ms,status,error,model")
    let high = try row("a", logits: [46], score: score)
    #expect(plain.line(high) == "a,102.0,0,100,100.0,4,3,5,1.2,ok,,\(plain.identity)")
    let clipped = format(.csv, outputs: 1, score: score, isClipped: true)
    #expect(clipped.line(high) == "a,100.0,0,100,100.0,4,3,5,1.2,ok,,\(clipped.identity)")
    for (value, expected) in [(5.0, 0.0), (10, 0), (15, 12.5), (30, 50), (50, 87.5), (60, 100)] {
      #expect(plain.percentile(Float(value)) == expected)
    }
    let json = format(.jsonl, outputs: 1, score: score, isClipped: true).line(high)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect(object["direction"] as? String == "lower_better" && object["score"] as? Double == 100)
    #expect(object["scale_hi"] as? Double == 100 && object["logits"] as? [Double] == [46])
    #expect(object["clip"] as? Bool == true && object["kind"] as? String == "score")

    // Ties: a score equal to several quantiles stands in their middle.
    score.quantiles = [1, 5, 5, 5, 9]
    #expect(format(.csv, outputs: 1, score: score).percentile(5) == 50)

    score = ScoreConfiguration(kind: .fixed(.attributes), names: ["mos", "no,ise", "score"])
    let attributes = format(.csv, outputs: 3, score: score)
    #expect(
      attributes.header
        == "path,score,mos,\"no,ise\",attribute_score,width,height,tokens,ms,status,error,model")
    let three = try row("a", logits: [1, 2, 3], score: score)
    #expect(
      attributes.line(three) == "a,1.0,1.0,2.0,3.0,4,3,5,1.2,ok,,\(attributes.identity)")
    #expect(
      format(.jsonl, outputs: 3, score: score).line(three).contains(
        "\"attributes\":{\"mos\":1.0,\"no,ise\":2.0,\"attribute_score\":3.0}"))
    #expect(!attributes.hasScale && plain.hasScale)
    #expect(!format(.csv, outputs: 5, score: .init(range: [0, 1])).hasScale)
  }

  @Test("EXIF orientation is applied on request only, and changes size and score")
  func orientation() throws {
    struct NoScore: Error {}
    let stored = try StoredModel(Self.model, overrides: ["model.multiscale.nativePatchCap=8"])
    let results = try DecodeOptions.OrientationPolicy.allCases.map { policy in
      var options = PredictionOptions()
      options.orientation = policy
      var rows: [PredictionRow] = []
      _ = try PredictionPass(stored, options: options, world: .alone())(
        inputs(["exif-orientation-6.jpg", "baseline.jpg"])
      ) {
        rows.append($0)
        return true
      }
      return try rows.map { row in
        guard case .scored(let result) = row.outcome else { throw NoScore() }
        return result
      }
    }
    #expect(results[0][1] == results[1][1])
    #expect(results[0][0].width == results[1][0].height && results[0][0].width == 37)
    #expect(results[0][0].height == results[1][0].width)
    #expect(results[0][0].score != results[1][0].score)
  }

  @Test("bfloat16 products are near, and the same alone, together and with any workers")
  func bfloat16() throws {
    guard MatrixProducts.supportsBFloat16 else { return }
    let stored = try StoredModel(Self.model, overrides: ["model.multiscale.nativePatchCap=8"])
    func scores(_ names: [String], workers: Int, _ precision: Precision) throws -> [Float] {
      var options = PredictionOptions()
      (options.workers, options.precision) = (workers, precision)
      var scores: [Float] = []
      _ = try PredictionPass(stored, options: options, world: .alone())(inputs(names)) {
        scores.append($0.score ?? .nan)
        return true
      }
      return scores
    }
    let names = ["baseline.jpg", "rgb-8.png", "gray.jpg", "24.bmp"]
    let alone = try names.flatMap { try scores([$0], workers: 1, .bf16) }
    #expect(try scores(names, workers: 3, .bf16) == alone)
    for (half, full) in zip(alone, try scores(names, workers: 1, .fp32)) {
      #expect(half != full && abs(half - full) < 0.05 * max(1, abs(full)), "\(half) for \(full)")
    }
  }

  @Test("JSON rows are JSON, with everything that a row depends on")
  func json() throws {
    let format = format(.jsonl, outputs: 10)
    #expect(format.header == nil)
    let line = format.line(try row("tab\there\u{1}", logits: [Float](repeating: 1e-20, count: 10)))
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(object["path"] as? String == "tab\there\u{1}")
    #expect(object["score"] as? Double == 5.5)
    #expect((object["logits"] as? [Double])?.count == 10)
    #expect(object["model"] as? String == format.identity.description)
    #expect(object["checkpoint"] as? String == "a \"b\".npz" && object["dct"] as? String == "fast")
    #expect(object["parameters_sha256"] as? String == "00ff")
    #expect(object["direction"] as? String == "higher_better" && object["error"] is NSNull)
    let failed = try #require(
      JSONSerialization.jsonObject(with: Data(format.line(try row("a", logits: nil)).utf8))
        as? [String: Any])
    #expect(failed["score"] is NSNull && failed["status"] as? String == "error")
    #expect(failed["error"] as? String == "no, \"good\"\nfile")
  }

  @Test(
    "an output goes on where it was cut, and knows what it has",
    arguments: PredictionFormat.Kind.allCases)
  func append(kind: PredictionFormat.Kind) throws {
    let path = scratch.file("rows")
    let format = format(kind, outputs: 1)
    let rows = try [
      row("a", logits: [1]), row("line\nend, \"q\"", logits: [2]), row("bad", logits: nil),
    ]
    let first = try PredictionOutput(path: path, appending: false, format: format)
    if let header = format.header { _ = try first.write(header) }
    for row in rows { _ = try first.write(format.line(row)) }
    let complete = try Data(contentsOf: URL(fileURLWithPath: path))
    for cut in [0, 1, 20] {
      var bytes = complete
      bytes.append(contentsOf: Data(format.line(rows[1]).utf8).prefix(cut))
      try bytes.write(to: URL(fileURLWithPath: path))
      let existing = try PredictionOutput.existing(path, format: format)
      #expect(
        existing.scored == [FileName("a"), FileName("line\nend, \"q\"")]
          && existing.end == complete.count)
      let second = try PredictionOutput(path: path, appending: true, format: format)
      #expect(!second.isEmpty)
      _ = try second.write(format.line(rows[0]))
      let expected = complete + Data((format.line(rows[0]) + "\n").utf8)
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == expected)
    }
    let other = self.format(kind == .csv ? .jsonl : .csv, outputs: 1)
    #expect(throws: PredictionError.self) {
      try PredictionOutput(path: path, appending: true, format: other)
    }
    #expect(throws: PredictionError.self) {
      try PredictionOutput(path: scratch.file("no/such"), appending: false, format: format)
    }
  }
}
