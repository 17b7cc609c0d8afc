// Meta-information files of IQA-PyTorch (pyiqa), read by position as it does:
//
//   name,mos,std,split…                without references
//   ref_name,dist_name,mos,std,split…  with references
//
// Splits are columns such as official_split and ratio802_seed123_split_01, with words or 0, 1, 2.

import Files
import Foundation
import Tables

struct PyIQAReader: DatasetReader {
  /// `mos_range` and `lower_better` of pyiqa, by a part of the file's name.
  private static let scales: [(name: String, range: ClosedRange<Double>, isLowerBetter: Bool)] = [
    ("koniq", 0...100, false), ("spaq", 0...100, false), ("flive", 0...100, false),
    ("ava", 1...10, false), ("livechallenge", 0...100, false), ("kadid", 1...5, false),
    ("tid2013", 0...9, false), ("pipal", 0...1, false), ("csiq", 0...1, true),
    ("live", 0...100, true),
  ]

  func read(_ request: ImportRequest) throws -> ImportedRows {
    let table = try TextTable(file: try file(request))
    let hasReferences = try hasReferences(table)
    let name = hasReferences ? 1 : 0
    let score =
      try request.scoreColumn.map { column throws(TableError) in
        try table.required(column)
      } ?? name + 1
    let deviation = table.column("std", "mos_std", "dmos_std")
    var result = ImportedRows(file: table.path, scoreName: table.header[score])
    result.folders =
      ["", "images", "dist_imgs", "dst_imgs"]
      + DatasetKind.allCases.flatMap {
        $0 == .pyiqa ? [] : Self.usualFolders($0)
      }
    var split = table.column("official_split", "split")
    if let column = request.splitColumn {
      split = try table.required(column)
    } else if let column = split, table.rows.allSatisfy({ $0[column].trimmed.isEmpty }) {
      split = nil
    }
    let further = table.header.indices.filter {
      $0 > name && $0 != score && $0 != deviation && $0 != split && !table.header[$0].isEmpty
        && table.header[$0].lowercased() != "split"
    }
    result.furtherColumns = further.map { table.header[$0].replacing(" ", with: "_") }
    for row in table.rows.indices {
      result.rows.append(
        ImportedRow(
          name: table.text(row, name), score: table.text(row, score),
          value: try table.number(row, score),
          deviation: deviation.map { table.text(row, $0) } ?? "",
          split: try table.split(row, split),
          group: hasReferences ? table.text(row, 0) : "",
          further: further.map { table.text(row, $0) }))
    }
    if let split {
      result.notices.append(.note("split is the column '\(table.header[split])'"))
    }
    let numbered = result.furtherColumns.filter { $0.hasPrefix("ratio") && $0.contains("_split_") }
    if let first = numbered.first, split == nil {
      result.notices.append(.numberedSplits(count: numbered.count, first: first))
    }
    let base = table.path.split(separator: "/").last?.lowercased() ?? ""
    if let scale = Self.scales.first(where: { base.contains($0.name) }) {
      result.range = scale.range
      if scale.isLowerBetter { result.notices.append(.lowerIsBetter) }
    }
    return result
  }

  private func file(_ request: ImportRequest) throws(ImportError) -> String {
    let entries = (try? FileSystem.list(request.root)) ?? []
    let found = entries.compactMap(\.name.text)
      .filter { $0.hasPrefix("meta_info_") && $0.hasSuffix(".csv") }
    guard request.labels != nil || found.count < 2 else {
      throw .severalLabels(root: request.root, expected: "meta_info_*.csv", found: found)
    }
    return try request.labelFile(found.isEmpty ? ["meta_info_*.csv"] : found)
  }

  /// The second column is the score, unless it holds names.
  private func hasReferences(_ table: TextTable) throws(TableError) -> Bool {
    guard table.header.count >= 2, let first = table.rows.first else {
      throw .row(
        path: table.path, line: 1,
        problem: "expected name,mos,… or ref_name,dist_name,mos,… with rows below")
    }
    if Double(first[1].trimmed) != nil { return false }
    guard table.header.count >= 3, Double(first[2].trimmed) != nil else {
      throw table.failure(
        0, "expected a number in column 2, or in column 3 after the names of reference and image")
    }
    return true
  }

  private static func usualFolders(_ kind: DatasetKind) -> [String] {
    switch kind {
    case .koniq: ["512x384", "1024x768"]
    case .spaq: ["TestImage"]
    case .paq2piq: ["database"]
    case .tid2013: ["distorted_images"]
    default: []
    }
  }
}
