// One row per image.

import Evaluation
import Files
import Foundation
import ImageData
import Labels
import RunConfig
import Tables

extension EvaluationReport {
  /// One row per image in the order of the index, then the files that the index excludes: path, target,
  /// what each model says, error, parts, the model (all models of an ensemble with `+`
  /// between) and the status (`ok`, `salvaged`, `error`, `excluded`).
  /// - Throws: `EvaluationError` if the file cannot be written; it is complete or absent.
  public func writeCSV(to path: String) throws {
    let columns = EvaluationColumns(self)
    let model = models.map { $0.identity(precision).description }.joined(separator: "+")
    func line(_ row: [String], model: String) -> String {
      (row.dropLast() + [model, row.last ?? ""]).joined(separator: ",")
    }
    var lines = [line(columns.header, model: "model")]
    for id in index.samples.indices { lines.append(line(columns.row(id), model: model)) }
    let blanks = [String](repeating: "", count: columns.header.count - 2)
    for file in index.excluded {
      lines.append(
        line(
          [CommaSeparatedText.field(file.path)] + blanks + [RowStatus.excluded.rawValue],
          model: model))
    }
    try Self.write(lines.joined(separator: "\n") + "\n", to: path)
  }

  static func write(_ text: String, to path: String) throws {
    do throws(FileError) { try FileSystem.replace(path, with: Array(text.utf8)) } catch {
      throw EvaluationError.unwritable(path: path, reason: error.reason)
    }
  }
}

/// Names and values of the columns.
private struct EvaluationColumns {
  private let index: SampleIndex
  private let classified: [Int: ClassifiedSample]
  /// For each model its records; then those of the ensemble.
  private let scored: [[Int: ScoredSample]]
  private let parts: LabelMeaning
  /// Parts of a record: 0 if the model gives scores only.
  private let width: Int
  private let exponent: Double
  let header: [String]

  init(_ report: EvaluationReport) {
    (index, exponent) = (report.index, report.exponent)
    let results = report.models.map(\.result) + (report.ensemble.map { [$0.result] } ?? [])
    if case .classes(_, let records)? = results.first {
      classified = Dictionary(uniqueKeysWithValues: records.map { ($0.sample, $0) })
      (scored, parts, width) = ([], .score, 0)
      header = ["path", "label", "loss", "place", "status"]
      return
    }
    classified = [:]
    scored = results.map { result in
      guard case .scores(_, let records) = result else { return [:] }
      return Dictionary(uniqueKeysWithValues: records.map { ($0.sample, $0) })
    }
    width = scored.last?.first?.value.parts.count ?? 0
    let models = report.ensemble == nil ? [] : report.models.indices.map { "score_\($0 + 1)" }
    let first = ["path", "mos"] + models + ["score", "error"]
    switch report.index.kind {
    case .ratings where width > 0:
      parts = .ratings(count: width)
      let ratings = 1...width
      header =
        first + [MetricTable.distanceName(exponent: exponent)] + ratings.map { "c\($0)" }
        + ratings.map { "p\($0)" } + ["status"]
    case .attributes where width > 0:
      parts = .attributes(report.index.classNames)
      let names = report.index.classNames.flatMap { ["target_\($0)", "score_\($0)"] }
      header = first + names.map(CommaSeparatedText.field) + ["status"]
    default:
      parts = .score
      header = first + ["status"]
    }
  }

  func row(_ id: Int) -> [String] {
    let sample = index.samples[id]
    let path = CommaSeparatedText.field(sample.path)
    if index.kind == .classes {
      let values =
        classified[id].map {
          ["\($0.loss)", "\($0.place)", RowStatus(isSalvaged: $0.isSalvaged).rawValue]
        }
        ?? ["", "", RowStatus.error.rawValue]
      return [path, "\(sample.classIndex)"] + values
    }
    let start = [path, "\(sample.score)"]
    guard let record = scored.last?[id] else {
      return start + [String](repeating: "", count: header.count - 3) + [RowStatus.error.rawValue]
    }
    let models = scored.count > 1 ? scored.dropLast().map { "\($0[id]?.score ?? .nan)" } : []
    return start + models + ["\(record.score)", "\(record.score - record.target)"]
      + partValues(record) + [RowStatus(isSalvaged: record.isSalvaged).rawValue]
  }

  private func partValues(_ record: ScoredSample) -> [String] {
    switch parts.kind {
    case .score, .classes: []
    case .ratings:
      ["\(earthMoversDistance(record.parts, record.targetParts, exponent: exponent))"]
        + record.targetParts.map { "\(Float($0))" } + record.parts.map { "\(Float($0))" }
    case .attributes:
      zip(record.targetParts, record.parts).flatMap { ["\(Float($0))", "\($1)"] }
    }
  }
}
