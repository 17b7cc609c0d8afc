// metrics.jsonl: one JSON object per event, appended and never rewritten, so that a crash costs at most
// the line being written. Readers de-duplicate by step after a resume.

import DataParallel
import Files
import Foundation

/// One line of the log.
public struct MetricsEvent: Encodable, Sendable {
  /// `start`, `resume`, `step`, `evaluation`, `checkpoint`, `skipped`, `stop` or `end`.
  public var event: String
  public var step: Int
  public var epoch: Double
  public var time = ISO8601DateFormatter().string(from: Date())
  public var loss: Double?
  public var accuracy: Double?
  public var top1: Double?
  public var top5: Double?
  public var srcc: Double?
  public var plcc: Double?
  public var rmse: Double?
  public var count: Int?
  public var skipped: Int?
  public var gradientNorm: Double?
  public var learningRate: Double?
  public var imagesPerSecond: Double?
  public var tokensPerSecond: Double?
  public var seconds: Seconds?
  public var peakResidentGiB: Double?
  public var path: String?
  public var bytes: Int?
  public var detail: String?

  /// Seconds of a step by what they were spent on.
  public struct Seconds: Encodable, Sendable {
    public var total: Double
    public var data: Double
    public var compute: Double
    public var communication: Double
    public var wait: Double
  }

  public init(_ event: String, step: Int, epoch: Double) {
    self.event = event
    self.step = step
    self.epoch = epoch
  }
}

/// Appends events; used by rank 0 only. A log that cannot be written never stops training.
final class MetricsLog {
  private let file: LineFile?
  private let encoder = JSONEncoder()
  private(set) var failures = 0

  init(path: String) {
    file = try? LineFile(appendingTo: path)
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // JSON has no infinity; a diverging run must still be logged.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  }

  func append(_ event: MetricsEvent) {
    guard let file, let line = try? encoder.encode(event) else {
      failures += 1
      return
    }
    do { try file.write(line: String(decoding: line, as: UTF8.self)) } catch { failures += 1 }
  }
}
