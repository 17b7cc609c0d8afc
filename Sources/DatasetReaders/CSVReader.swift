// Any other table with a header: a column of names and one of scores, ratings or labels.

import Tables

struct CSVReader: DatasetReader {
  func read(_ request: ImportRequest) throws -> ImportedRows {
    guard request.labels != nil else {
      throw ImportError.noLabels(
        of: request.kind, root: request.root, expected: ["a table with a header"])
    }
    let table = try TextTable(file: try request.labelFile([]))
    let name = try table.required(
      "path", "image_name", "image", "name", "img_name", "dist_img", "dist_name", "filename",
      "file",
      "image_id")
    let ratings = table.columns.ratings
    let label = table.column("label", "class")
    let score: Int? =
      if let column = request.scoreColumn {
        try table.required(column)
      } else if let column = table.column("mos", "score", "dmos", "rating") {
        column
      } else if ratings.count > 1 || label != nil {
        nil
      } else {
        try table.required("mos", "score", "c1 to cK", "label")
      }
    let deviation = table.column("std", "sd", "mos_std")
    let split =
      try request.splitColumn.map { column throws(TableError) in
        try table.required(column)
      } ?? table.column("split", "set", "official_split")
    let group = table.column("group", "ref_img", "ref_name")
    let taken = [name, score, deviation, split, group].compactMap { $0 }
    let further = table.header.indices.filter {
      !taken.contains($0) && !table.header[$0].isEmpty
        // A second column of one of these names would be read in place of the first.
        && !["path", "mos", "std", "split", "group"].contains(table.header[$0].lowercased())
    }
    var result = ImportedRows(
      file: table.path,
      scoreName: score.map { table.header[$0] }
        ?? (ratings.count > 1 ? "mean of c1 to c\(ratings.count)" : "label"))
    result.folders = ["", "images"]
    result.furtherColumns = further.map { table.header[$0] }
    for row in table.rows.indices {
      var imported = ImportedRow(name: table.text(row, name), value: .nan)
      if let score {
        imported.score = table.text(row, score)
        imported.value = try table.number(row, score)
      } else if ratings.count > 1 {
        imported.value = try Self.mean(of: ratings, in: table, row)
        imported.score = "\(imported.value)"
      }
      imported.deviation = deviation.map { table.text(row, $0) } ?? ""
      imported.split = try table.split(row, split)
      imported.group = group.map { table.text(row, $0) } ?? ""
      imported.further = further.map { table.text(row, $0) }
      result.rows.append(imported)
    }
    return result
  }

  private static func mean(
    of ratings: [Int], in table: TextTable, _ row: Int
  ) throws(TableError) -> Double {
    var (sum, total) = (0.0, 0.0)
    for (rating, column) in zip(1..., ratings) {
      let count = try table.number(row, column)
      guard count >= 0 else { throw table.failure(row, "expected ratings of at least 0") }
      sum += Double(rating) * count
      total += count
    }
    guard total > 0 else { throw table.failure(row, "expected ratings with a positive sum") }
    return sum / total
  }
}
