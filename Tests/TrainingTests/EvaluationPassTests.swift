import Configuration
import Evaluation
import Foundation
import ImageData
import Inference
import MUSIQ
import ModelTestSupport
import Multiscale
import RunConfig
import Tensors
import TestSupport
import Testing

@Suite(.serialized) struct EvaluationPassTests {
  let tiny: TinyTraining
  init() throws { tiny = try TinyTraining() }

  @Test("every image once, in the order of the index, with any number of workers")
  func everyImage() throws {
    let path = try tiny.train("run", ["run.steps=2"]).path
    let reports = try [1, 2, 3].map { workers in
      try CheckpointEvaluation(
        checkpoint: path,
        overrides: [
          "data.manifest=\(tiny.scratch.file("data/train"))", "parallel.workers=\(workers)",
        ],
        world: tiny.world
      ).run { _ in }
    }
    #expect(reports[0].result.count == TinyRun.imageCount)
    #expect(reports.allSatisfy { $0.result == reports[0].result })
    guard case .classes(_, let records) = reports[0].result else {
      Issue.record("expected classification")
      return
    }
    #expect(records.map(\.sample) == Array(0..<TinyRun.imageCount))
  }

  @Test("padded attention evaluates to the same")
  func padded() throws {
    let path = try tiny.train("run", ["run.steps=4"]).path
    let losses = try ["packed", "padded"].map { layout -> Double in
      let result = try CheckpointEvaluation(
        checkpoint: path, overrides: ["model.attention=\(layout)"], world: tiny.world
      ).run { _ in }.result
      guard case .classes(let report, _) = result else { return .nan }
      return report.meanLoss
    }
    #expect(abs(losses[0] - losses[1]) < 1e-5 * losses[0], "\(losses)")
  }

  @Test("an unreadable image is counted, told and an empty row; the others stand")
  func unreadable() throws {
    let path = try tiny.train("run", ["run.steps=1"]).path
    let damaged = try TinyRun.trainingFiles(tiny.scratch.file("data"))[10]
    try TinyRun.corrupt(damaged)
    let told = Lines()
    let report = try CheckpointEvaluation(
      checkpoint: path, overrides: ["data.manifest=\(tiny.scratch.file("data/train"))"],
      world: tiny.world
    ).run { told.add($0) }
    #expect(report.result.count == TinyRun.imageCount - 1 && report.result.failedCount == 1)
    #expect(told.all.count == 1 && told.all[0].contains(damaged), "\(told.all)")
    let csv = tiny.scratch.file("scores.csv")
    try report.writeCSV(to: csv)
    let rows = try String(contentsOfFile: csv, encoding: .utf8).split(separator: "\n")
    #expect(rows.count == TinyRun.imageCount + 1 && rows[0] == "path,label,loss,place,model,status")
    #expect(
      rows[11].contains(",,,") && rows[11].hasSuffix(",error")
        && rows.filter { $0.hasSuffix(",ok") }.count == 63)
  }

  @Test("a set with one class more than the model has is refused, naming it")
  func classes() throws {
    let path = try tiny.train("run", ["run.steps=1"]).path
    let folder = tiny.scratch.file("data/train")
    let manager = FileManager.default
    let first = try #require(try manager.contentsOfDirectory(atPath: folder).sorted().first)
    try manager.copyItem(atPath: "\(folder)/\(first)", toPath: "\(folder)/one-more")
    let found = #expect(throws: DataError.self) {
      try CheckpointEvaluation(
        checkpoint: path, overrides: ["data.manifest=\(folder)"], world: tiny.world)
    }
    #expect(found?.description.contains("does not have: 1 (one-more), with 8 images") == true)
    // More names than outputs would be labels without an output.
    #expect(throws: ConfigurationError.self) {
      try CheckpointEvaluation(
        checkpoint: path,
        overrides: ["data.manifest=\(folder)", "model.score.names=[a, b, c, d, e, f, g, h, i]"],
        world: tiny.world)
    }
  }
}

/// Lines told from several threads.
private final class Lines: @unchecked Sendable {
  private let lock = NSLock()
  private var lines: [String] = []
  func add(_ line: String) { lock.withLock { lines.append(line) } }
  var all: [String] { lock.withLock { lines } }
}
