// All figures for scripts.

import Evaluation
import Foundation
import ImageData
import Provenance

extension EvaluationReport {
  /// Every figure with its interval, counts, and what they depend on: digests of parameters and index,
  /// decoding, precision, seed. The same bytes at any number of ranks; a figure that does not exist is null.
  /// - Throws: `EvaluationError` if the file cannot be written; it is complete or absent.
  public func writeJSON(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let bytes = try encoder.encode(EvaluationDocument(self))
    try Self.write(String(decoding: bytes, as: UTF8.self) + "\n", to: path)
  }
}

/// The shape of the JSON file.
private struct EvaluationDocument: Encodable {
  struct Source: Encodable {
    let root, kind, split, digest: String
    let images, excluded: Int
  }

  struct Intervals: Encodable {
    let resamples: Int
    let seed: UInt64
    let confidence: Double
  }

  struct Figure: Encodable {
    let value: Double?
    let low: Double?
    let high: Double?

    init(_ metric: Metric) {
      value = metric.value.isFinite ? metric.value : nil
      (low, high) = (metric.interval?.lowerBound, metric.interval?.upperBound)
    }

    enum Key: CodingKey { case value, low, high }

    /// Also writes what is nil.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(value, forKey: .value)
      try container.encode(low, forKey: .low)
      try container.encode(high, forKey: .high)
    }
  }

  struct Fit: Encodable {
    let outcome: LogisticFit.Outcome
    let beta: [Double]
    let iterations: Int
    let note: String?
  }

  struct Outcome: Encodable {
    let n, failed, salvaged: Int
    let metrics: [String: Figure]
    let logistic4: Fit?

    init(_ result: EvaluationResult, _ table: MetricTable) {
      (n, failed, salvaged) = (result.count, result.failedCount, result.salvagedCount)
      metrics = Dictionary(uniqueKeysWithValues: table.metrics.map { ($0.name, Figure($0)) })
      logistic4 = table.fit.map {
        Fit(
          outcome: $0.outcome, beta: $0.parameters, iterations: $0.iterations, note: $0.note)
      }
    }
  }

  struct Decoding: Encodable {
    let dct, exifOrient: String
  }

  struct Model: Encodable {
    /// As in the column `model` of rows.
    let model: String
    let checkpoint, parametersSha256: String
    let outputs: Int
    let kind: String
    let longerSideLengths: [Int]
    let nativePatchCap: Int
    let decode: Decoding
    let result: Outcome
  }

  let program: String
  let set: Source
  let precision: String
  let bootstrap: Intervals
  let models: [Model]
  let ensemble: Outcome?

  init(_ report: EvaluationReport) {
    let index = report.index
    program = programVersion
    set = Source(
      root: index.root, kind: index.kind.setWord, split: report.split?.rawValue ?? "all",
      digest: index.digest, images: index.count, excluded: index.excluded.count)
    precision = report.precision.rawValue
    bootstrap = Intervals(
      resamples: report.bootstrap.resamples, seed: report.bootstrap.seed,
      confidence: Bootstrap.confidence)
    models = report.models.map { model in
      let c = model.stored.configuration
      return Model(
        model: model.identity(report.precision).description, checkpoint: model.checkpoint,
        parametersSha256: model.stored.digest,
        outputs: c.model.outputCount,
        kind: c.model.score.kind(outputs: c.model.outputCount).rawValue,
        longerSideLengths: c.model.multiscale.longerSideLengths,
        nativePatchCap: c.model.multiscale.nativePatchCap,
        decode: Decoding(dct: c.data.dct.rawValue, exifOrient: "ignore"),
        result: Outcome(model.result, model.table))
    }
    ensemble = report.ensemble.map { Outcome($0.result, $0.table) }
  }
}
