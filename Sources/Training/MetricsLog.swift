// metrics.jsonl: one JSON object per event, appended and never rewritten, so that a crash costs at most
// the line being written. Readers de-duplicate by step after a resume.

import Checkpoints
import DataParallel
import Evaluation
import Files
import Foundation
import ImageData
import Inference
import Tables

/// Writes the log. One that cannot be opened ends the start; one that cannot be written any more does not
/// stop training, but is told at once and now and then.
///
/// Every line has `event`, `step`, `epoch` and `time` (UTC); events are `start`, `resume`, `step`,
/// `evaluation`, `checkpoint`, `skipped`, `salvaged` and `stop`.
package final class MetricsLog: RunListener {
  private let file: LineFile
  private let encoder = JSONEncoder.lines
  private let time = ISO8601DateFormatter()
  private let description: RunDescription
  private let warn: (String) -> Void
  /// Seconds between warnings of a log that cannot be written.
  private let warningInterval: Double
  /// Lines that were lost since the log was last written.
  private var lostCount = 0
  private var lastWarning: Stopwatch?

  /// Opens the log. What a power cut has left of a last line is ended if it is whole, and cut off if not,
  /// so that the next event has a line of its own.
  /// - Parameter warn: told what is wrong with the log.
  /// - Throws: `FileError` for a path that is no regular file or may not be written.
  convenience init(
    path: String, of description: RunDescription, warn: @escaping (String) -> Void
  ) throws(FileError) {
    let file = try LineFile(appendingTo: path)
    self.init(file, of: description, warn: warn)
    let torn = Data(file.unfinished)
    guard !torn.isEmpty, (try? JSONSerialization.jsonObject(with: torn)) == nil else { return }
    warn(
      "\(path): its last line was incomplete and has been cut off: "
        + "\(torn.count) bytes, \(Self.excerpt(torn))")
    try file.removeUnfinishedLine()
  }

  package init(
    _ file: LineFile, of description: RunDescription, warningInterval: Double = 60,
    warn: @escaping (String) -> Void
  ) {
    (self.file, self.description) = (file, description)
    self.warningInterval = warningInterval
    self.warn = warn
  }

  /// The beginning of bytes that should be text.
  private static func excerpt(_ bytes: Data) -> String {
    let text = String(decoding: bytes.prefix(80), as: UTF8.self)
    return "'\(text.filter { $0.isASCII && !$0.isNewline && $0 != "\0" })'"
  }

  package func receive(_ event: RunEvent, at moment: RunMoment) {
    switch event {
    case .start:
      append("start", moment, BeginLine(description))
    case .resume(let path):
      append("resume", moment, BeginLine(description, path: path))
    case .step(let result):
      append(
        "step", moment,
        StepLine(result, of: description, peakResidentGiB: peakResidentGiB()))
    case .validation(.classes(let report, _)):
      append("evaluation", moment, ClassificationLine(report))
    case .validation(.scores(let report, _)):
      append("evaluation", moment, QualityLine(report))
    case .checkpoint(let report):
      append("checkpoint", moment, CheckpointLine(report))
    case .trouble(.skipped(let error)):
      append("skipped", moment, PathNote(path: error.path, detail: error.reason))
    case .trouble(.salvaged(let error)):
      append("salvaged", moment, PathNote(path: error.path, detail: error.reason))
    case .stop(let signals):
      append("stop", moment, Note(detail: signals.description))
    case .begins, .validating, .warning, .end: break
    }
  }

  private func append(_ event: String, _ moment: RunMoment, _ body: some Encodable) {
    let head = Head(
      event: event, step: moment.step, epoch: moment.epoch, time: time.string(from: Date()))
    guard let line = try? encoder.encode(Line(head: head, body: body)) else { return }
    do throws(FileError) {
      try file.write(line: String(decoding: line, as: UTF8.self))
      if lostCount > 0 { warn("\(file.path) is written again; \(lostCount) events are missing") }
      (lostCount, lastWarning) = (0, nil)
    } catch {
      lostCount += 1
      guard (lastWarning?.seconds ?? .infinity) >= warningInterval else { return }
      lastWarning = Stopwatch()
      warn("\(file.path) cannot be written, training goes on: \(error.reason)")
    }
  }
}

extension JSONEncoder {
  /// For logs of one object per line: keys in order, slashes as they are. JSON has no infinity, but a
  /// diverging run must still be logged: numbers that are not finite are the texts inf, -inf and nan.
  static var lines: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }
}

// MARK: Lines. The names of their properties are the keys of the log.

/// Head and body side by side in one object.
private struct Line<Body: Encodable>: Encodable {
  let head: Head
  let body: Body

  func encode(to encoder: any Encoder) throws {
    try head.encode(to: encoder)
    try body.encode(to: encoder)
  }
}

private struct Head: Encodable {
  let event: String
  let step: Int
  let epoch: Double
  let time: String
}

private struct BeginLine: Encodable {
  /// The checkpoint that the run goes on from.
  let path: String?
  let detail: String
  /// Settings from the environment, if there are any.
  let environment: [String]?

  init(_ run: RunDescription, path: String? = nil) {
    (self.path, detail) = (path, run.crew)
    environment = run.environment.isEmpty ? nil : run.environment
  }
}

private struct Note: Encodable {
  let detail: String
}

private struct PathNote: Encodable {
  let path: String
  let detail: String
}

private struct StepLine: Encodable {
  /// What the step's time was spent on.
  struct Seconds: Encodable {
    let total: Double
    let data: Double
    let compute: Double
    let communication: Double
    let wait: Double
  }

  let loss: Double
  /// Of classes only.
  let accuracy: Double?
  let count: Int
  let skipped: Int
  let salvaged: Int
  let gradientNorm: Double
  let learningRate: Double
  let imagesPerSecond: Double
  let tokensPerSecond: Double
  let seconds: Seconds
  let peakResidentGiB: Double

  init(_ result: StepResult, of run: RunDescription, peakResidentGiB: Double) {
    let (sums, s) = (result.statistics, result.seconds)
    loss = result.loss
    accuracy = run.learnsClasses ? sums.correct / sums.weight : nil
    count = Int(sums.weight)
    skipped = Int(sums.skipped)
    salvaged = Int(sums.salvaged)
    gradientNorm = result.gradientNorm
    learningRate = result.learningRate
    imagesPerSecond = sums.weight / s.total
    tokensPerSecond = sums.tokens / s.total
    seconds = Seconds(
      total: s.total, data: s.data, compute: s.compute, communication: s.communication,
      wait: s.wait)
    self.peakResidentGiB = peakResidentGiB
  }
}

private struct ClassificationLine: Encodable {
  let count: Int
  let skipped: Int
  let loss: Double
  let top1: Double
  let top5: Double

  init(_ report: ClassificationReport) {
    (count, skipped) = (report.count, report.failedCount)
    (loss, top1, top5) = (report.meanLoss, report.top1, report.top5)
  }
}

private struct QualityLine: Encodable {
  let count: Int
  let skipped: Int
  let srcc: Double
  let plcc: Double
  let rmse: Double
  /// The attribute that the figures are of, if there are several.
  let detail: String?

  init(_ report: QualityReport) {
    (count, skipped) = (report.count, report.failedCount)
    srcc = report.spearmanRankCorrelation
    plcc = report.pearsonLinearCorrelation
    rmse = report.rootMeanSquareError
    detail = report.score
  }
}

private struct CheckpointLine: Encodable {
  let path: String
  let bytes: Int
  let detail: String

  init(_ report: WriteReport) {
    (path, bytes) = (report.path, report.bytes)
    detail =
      "write \(fixed(report.writeSeconds, 3)) s, verify \(fixed(report.verifySeconds, 3)) s"
  }
}
