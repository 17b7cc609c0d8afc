// The outcome of `evaluate`, and its text for people.

import Evaluation
import Foundation
import ImageData
import Kernels
import Labels
import MUSIQ
import RunConfig
import Tables

/// What `evaluate` prints and writes.
public struct EvaluationReport: Sendable {
  /// One model alone.
  public struct Model: Sendable {
    let stored: StoredModel
    public let result: EvaluationResult
    public let table: MetricTable
    public var checkpoint: String { stored.path }

    /// The model with the settings that decide its scores: the same as in rows of predictions.
    func identity(_ precision: Precision) -> ModelIdentity {
      let model = stored.configuration.model
      var used = PredictionModel(stored)
      used.precision = precision.rawValue
      return used.identity(kind: model.score.kind(outputs: model.outputCount))
    }
  }

  /// The average of all models.
  public struct Ensemble: Sendable {
    public let result: EvaluationResult
    public let table: MetricTable
  }

  /// In the order of the request.
  public let models: [Model]
  /// Nil for one model.
  public let ensemble: Ensemble?
  public let index: SampleIndex
  /// The part of the manifest; nil for all rows.
  public let split: DataSplit?
  /// How its rows were chosen, in words.
  public let notes: [String]
  public let precision: Precision
  public let bootstrap: Bootstrap
  /// Order of the earth mover's distance beside 1: `objective.exponent` of the first model.
  public let exponent: Double

  /// That of the ensemble, or of the one model.
  public var result: EvaluationResult { ensemble?.result ?? models[0].result }

  /// All tables: of the models, then of the ensemble.
  var tables: [MetricTable] { models.map(\.table) + (ensemble.map { [$0.table] } ?? []) }
}

extension EvaluationReport: CustomStringConvertible {
  /// The short line of the result, then every figure with its interval.
  public var description: String {
    var lines = ["\(result)", ""]
    for (place, model) in models.enumerated() {
      lines.append(models.count > 1 ? "[\(place + 1)] \(model.checkpoint)" : model.checkpoint)
    }
    if ensemble != nil { lines.append("[E] average of the \(models.count) models") }
    lines.append(
      "on \(index.root)\(split.map { ", split \($0.rawValue)" } ?? ""), index \(index.digest)"
        + (index.excluded.isEmpty ? "" : ", \(index.excluded.count) files excluded"))
    lines += notes + [""]
    return (lines + figures + fitNotes).joined(separator: "\n")
  }

  /// A line per figure, a column per model.
  private var figures: [String] {
    let names = tables.max { $0.metrics.count < $1.metrics.count }?.metrics.map(\.name) ?? []
    let hasIntervals = tables.contains { $0.metrics.contains { $0.interval != nil } }
    let width = max(16, (names.map(\.count).max() ?? 0) + 2)
    let cellWidth = hasIntervals ? 28 : 10
    var lines: [String] = []
    if models.count > 1 {
      let heads = models.indices.map { "[\($0 + 1)]" } + ["[E]"]
      lines.append(cell("", width) + heads.map { cell($0, cellWidth) }.joined())
    }
    for name in names {
      let cells = tables.map { cell($0[name].map(text) ?? "", cellWidth) }.joined()
      var line = cell(name, width) + cells
      while line.last == " " { line.removeLast() }
      lines.append(line)
    }
    if hasIntervals {
      lines.append("")
      lines.append(
        "in brackets: 95 % intervals of \(bootstrap.resamples) bootstrap resamples, seed "
          + "\(bootstrap.seed)")
    }
    return lines
  }

  /// What went wrong with a fit.
  private var fitNotes: [String] {
    tables.enumerated().compactMap { place, table in
      table.fit?.note.map { note in
        models.count > 1
          ? "note [\(place < models.count ? "\(place + 1)" : "E")]: \(note)" : "note: \(note)"
      }
    }
  }

  private func text(_ metric: Metric) -> String {
    let value = fixed(metric.value, 4)
    guard let interval = metric.interval else { return value }
    return
      "\(cell(value, 9))[\(fixed(interval.lowerBound, 4)), \(fixed(interval.upperBound, 4))]"
  }

  /// A cell of at least `width` characters, apart from the next one.
  private func cell(_ text: String, _ width: Int) -> String {
    padded(text, width, minimum: text.isEmpty ? 0 : 1)
  }
}
