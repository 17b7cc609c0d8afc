// What a manifest says about itself: labels, splits, groups; and what contradicts itself.

import Files
import Labels
import Tables

/// A manifest whose columns have their meaning.
public struct Manifest: Sendable {
  public let table: TextTable
  /// The paths, in order of the rows.
  public let paths: [String]
  /// Columns that tell the split: `split`, `official_split`, numbered ones.
  public let splitColumns: [Int]
  private let group: Int?

  /// - Throws: `ImportError.noPaths` if there is no column of paths.
  public init(_ table: TextTable) throws(ImportError) {
    self.table = table
    let path = try table.pathColumn()
    paths = table.rows.map { $0[path].trimmed }
    splitColumns = table.header.indices.filter { column in
      let name = table.header[column].lowercased()
      return name.contains("split")
        && table.rows.allSatisfy {
          DataSplit(word: $0[column].trimmed) != nil || $0[column].isEmpty
        }
    }
    group = table.column(ManifestColumn.group)
  }

  /// Labels, splits and groups in words.
  /// - Throws: `TableError.row` for a label that is no number.
  public func report() throws(TableError) -> [String] {
    var lines = ["\(table.path): \(paths.count) rows, digest \(table.digest)"]
    let ratings = table.columns.ratings
    if let score = table.columns.column(anyOf: ManifestColumn.score) {
      lines += try statistics(of: score, "\(table.header[score])")
    }
    if let label = table.columns.column(anyOf: ManifestColumn.classes) {
      lines.append("label: \(Set(table.rows.map { $0[label].trimmed }).count) classes")
    }
    if ratings.count > 1 {
      let sums = ratings.map { column in
        table.rows.reduce(0) { $0 + (Double($1[column].trimmed) ?? 0) }
      }
      let total = sums.reduce(0, +)
      let shares = sums.map { LabelStatistics.text(total > 0 ? $0 / total : 0) }
      lines.append("c1 to c\(ratings.count): shares \(shares.joined(separator: " "))")
    }
    for column in splitColumns {
      let counts = DataSplit.allCases.map { split in
        "\(split.rawValue) \(table.rows.count { DataSplit(word: $0[column].trimmed) == split })"
      }
      lines.append("\(table.header[column]): \(counts.joined(separator: ", "))")
    }
    if let group {
      lines.append("group: \(Set(table.rows.map { $0[group].trimmed }).count) groups")
    }
    return lines
  }

  private func statistics(of column: Int, _ name: String) throws(TableError) -> [String] {
    var values: [Double] = []
    values.reserveCapacity(table.rows.count)
    var missing: [Int] = []
    for row in table.rows.indices {
      if table.text(row, column).isMissingValue {
        missing.append(row)
      } else {
        values.append(try table.number(row, column))
      }
    }
    var warnings: [String] = []
    if let first = missing.first {
      warnings.append(
        "warning: \(missing.count) rows have no \(name), the first is line \(table.lines[first])")
    }
    guard let statistics = LabelStatistics(values) else { return warnings }
    if statistics.isConstant {
      warnings.append("warning: all values of \(name) are the same: nothing to learn from")
    }
    return statistics.lines(name) + warnings
  }

  /// The same image in several rows, and groups in several splits; empty for a sound manifest.
  /// - Parameter rowsOfOneFile: rows whose paths lead to one file.
  public func contradictions(rowsOfOneFile: [[Int]] = []) -> [ManifestContradiction] {
    var found: [ManifestContradiction] = []
    let repeated = Dictionary(paths.map { (PathKey($0), 1) }, uniquingKeysWith: +)
      .filter { $0.value > 1 }
    if !repeated.isEmpty {
      found.append(.repeatedPaths(repeated.keys.sorted().map(\.description)))
    }
    let namesakes = rowsOfOneFile.map { $0.map { PathKey(paths[$0]) } }
      .filter { Set($0).count > 1 }
    if !namesakes.isEmpty {
      found.append(.severalNames(namesakes.map { names in names.map(\.description) }))
    }
    guard let group else { return found }
    for column in splitColumns {
      var splits: [String: Set<DataSplit>] = [:]
      for row in table.rows where !row[group].trimmed.isEmpty {
        guard let split = DataSplit(word: row[column].trimmed) else { continue }
        splits[row[group].trimmed, default: []].insert(split)
      }
      let leaking = splits.filter { $0.value.count > 1 }
      if !leaking.isEmpty {
        found.append(
          .dividedGroups(
            leaking.keys.sorted(by: FilePath.precedes), column: table.header[column]))
      }
    }
    return found
  }
}

/// What makes a manifest contradict itself.
public enum ManifestContradiction: Equatable, Sendable, CustomStringConvertible {
  /// Paths of several rows.
  case repeatedPaths([String])
  /// Different paths that lead to one file.
  case severalNames([[String]])
  /// Groups whose rows are in several splits of a column.
  case dividedGroups([String], column: String)

  public var description: String {
    switch self {
    case .repeatedPaths(let paths):
      "\(paths.count) paths are there more than once: \(Self.examples(paths))"
    case .severalNames(let files):
      "\(files.count) files are there under several names: "
        + Self.examples(files.map { $0.joined(separator: " = ") })
    case .dividedGroups(let groups, let column):
      "\(groups.count) groups are in several parts of \(column): \(Self.examples(groups))"
    }
  }

  private static func examples(_ names: [String]) -> String {
    names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
  }
}
