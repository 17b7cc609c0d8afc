// KonIQ-10k (Hosu et al. 2020): two files with the same columns and different scales.
//
//   koniq10k_distributions_sets.csv        c1 … c5 are fractions, MOS is 0-100, set is the official split
//   koniq10k_scores_and_distributions.csv  c1 … c5 are counts, MOS is 1-5, MOS_zscore is 0-100
//
// SD belongs to the ratings 1 to 5 in both.

import Tables

struct KonIQReader: DatasetReader {
  func read(_ request: ImportRequest) throws -> ImportedRows {
    let file = try request.labelFile(
      ["koniq10k_distributions_sets.csv", "koniq10k_scores_and_distributions.csv"])
    let table = try TextTable(file: file)
    let name = try table.required("image_name", "image_id", "name")
    let standard = table.column("MOS_zscore")
    // A range of ratings asks for ratings; otherwise 0-100 is what papers report.
    let wantsRatings = request.range.map { $0.upperBound <= 5 } ?? false
    let score =
      if let column = request.scoreColumn {
        try table.required(column)
      } else if let standard, !wantsRatings {
        standard
      } else {
        try table.required("MOS")
      }
    var result = ImportedRows(file: file, scoreName: table.header[score])
    result.folders = ["1024x768", "512x384", "images", ""]
    result.otherScores =
      standard.map { .column(table.header[$0]) }
      ?? .file("koniq10k_distributions_sets.csv", column: "MOS", range: 0...100)
    let ratings = table.columns.ratings
    let indicators = try Indicators(request, file: request.file(["koniq10k_indicators.csv"]))
    result.furtherColumns = ratings.map { table.header[$0] } + indicators.columns
    let deviation = table.column("SD")
    let split = table.column(request.splitColumn ?? "set")
    for row in table.rows.indices {
      let image = table.text(row, name)
      result.rows.append(
        ImportedRow(
          name: image, score: table.text(row, score), value: try table.number(row, score),
          deviation: deviation.map { table.text(row, $0) } ?? "",
          split: try table.split(row, split),
          further: ratings.map { table.text(row, $0) } + indicators.values(of: image)))
    }
    if split == nil { result.notices.append(.noSplit(.koniq)) }
    if deviation != nil && !wantsRatings {
      result.notices.append(
        .note("std is the deviation of the ratings 1 to 5, whatever the scale of mos"))
    }
    return result
  }
}

/// `koniq10k_indicators.csv`: measured properties by image, named without `.jpg`.
private struct Indicators {
  private(set) var columns: [String] = []
  private var rows: [String: [String]] = [:]

  init(_ request: ImportRequest, file: String?) throws(TableError) {
    guard request.includesAttributes, let file else { return }
    let table = try TextTable(file: file)
    let name = try table.required("image_id", "image_name")
    let others = table.header.indices.filter { $0 != name }
    columns = others.map { table.header[$0] }
    for row in table.rows.indices {
      rows[Self.key(table.text(row, name))] = others.map { table.text(row, $0) }
    }
  }

  func values(of image: String) -> [String] {
    rows[Self.key(image)] ?? columns.map { _ in "" }
  }

  private static func key(_ name: String) -> String {
    name.hasSuffix(".jpg") ? String(name.dropLast(4)) : name
  }
}
