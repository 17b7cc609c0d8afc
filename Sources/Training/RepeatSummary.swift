// What the repeats of a run came to, as values, as a table and as text.

import Evaluation
import Foundation
import Tables

/// What one repeat came to on its validation set.
public struct RepeatResult: Codable, Equatable, Sendable {
  /// From 1.
  public var number: Int
  public var seed: UInt64
  /// The column of the split.
  public var splitColumn: String
  public var splitSeed: UInt64
  /// Images that were evaluated.
  public var count: Int
  /// Names and values: srcc, plcc, rmse, for attributes also srcc.NAME and plcc.NAME of each, for ratings
  /// the earth mover's distance of the objective's order, as emd_r2; or top1, top5, loss. A correlation
  /// that does not exist is absent.
  public var metrics: [String: Double]

  /// The metrics of an evaluation, of all its figures.
  static func metrics(of table: MetricTable, exponent: Double) -> [String: Double] {
    let distance = MetricTable.distanceName(exponent: exponent)
    let chosen = table.metrics.filter { metric in
      metric.value.isFinite
        && (RepeatSummary.order.contains(metric.name) || metric.name == distance
          || ["srcc.", "plcc."].contains { metric.name.hasPrefix($0) })
    }
    return Dictionary(uniqueKeysWithValues: chosen.map { ($0.name, $0.value) })
  }
}

/// Results of all repeats with their mean, deviation and median.
public struct RepeatSummary: Codable, Equatable, Sendable {
  /// Over the repeats that have the metric.
  public struct Statistics: Codable, Equatable, Sendable {
    public var mean: Double
    /// Sample standard deviation (n − 1); 0 for one value.
    public var deviation: Double
    public var median: Double

    /// - Precondition: there are values.
    public init(_ values: [Double]) {
      precondition(!values.isEmpty, "expected values")
      let n = Double(values.count)
      let mean = values.reduce(0, +) / n
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let sorted = values.sorted()
      self.mean = mean
      deviation = values.count > 1 ? (squares / (n - 1)).squareRoot() : 0
      median = (sorted[(values.count - 1) / 2] + sorted[values.count / 2]) / 2
    }
  }

  public var repeats: [RepeatResult]
  public var statistics: [String: Statistics]

  public init(_ repeats: [RepeatResult]) {
    self.repeats = repeats
    statistics = [:]
    for name in Set(repeats.flatMap { $0.metrics.keys }) {
      statistics[name] = Statistics(repeats.compactMap { $0.metrics[name] })
    }
  }

  /// The metrics that there are, in the order of tables.
  private var names: [String] {
    Self.order.filter { statistics[$0] != nil }
      + statistics.keys.filter { !Self.order.contains($0) }.sorted()
  }

  static let order = ["srcc", "plcc", "rmse", "top1", "top5", "loss"]

  /// A table with one row per repeat, then mean, std and median.
  public var csv: String {
    let titles = names.map(CommaSeparatedText.field)
    var lines = ["repeat,seed,split,count," + titles.joined(separator: ",")]
    for result in repeats {
      let values = names.map { result.metrics[$0].map { "\($0)" } ?? "" }
      let split = CommaSeparatedText.field(result.splitColumn)
      lines.append(
        "\(result.number),\(result.seed),\(split),\(result.count),\(values.joined(separator: ","))")
    }
    for (title, value) in Self.rows {
      let values = names.map { name in statistics[name].map { "\(value($0))" } ?? "" }
      lines.append("\(title),,,,\(values.joined(separator: ","))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static var rows: [(String, (Statistics) -> Double)] {
    [("mean", \.mean), ("std", \.deviation), ("median", \.median)]
  }
}

extension RepeatSummary: CustomStringConvertible {
  /// `SRCC`, `SRCC.brightness`: names of attributes as they are.
  private static func title(_ name: String) -> String {
    let metric = name.prefix { $0 != "." }
    return metric.uppercased() + name.dropFirst(metric.count)
  }

  /// One line per repeat, then mean, std and median.
  public var description: String {
    func line(_ title: String, _ values: [Double?]) -> String {
      let cells = zip(names, values).map { name, value in
        "\(Self.title(name)) \(value.map { fixed($0, 4) } ?? "-")"
      }
      return padded(title, 12, minimum: 1) + cells.joined(separator: "  ")
    }
    let rows = Self.rows.map { title, value in
      line(title, names.map { statistics[$0].map(value) })
    }
    return
      (repeats.map { result in
        line("repeat \(result.number)", names.map { result.metrics[$0] })
      } + rows).joined(separator: "\n")
  }
}
