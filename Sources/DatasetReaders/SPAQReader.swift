// SPAQ (Fang et al. 2020): spreadsheets, one for scores and attributes, one for scenes. No official
// split.

import Tables

struct SPAQReader: DatasetReader {
  private static let scores = "MOS and Image attribute scores.xlsx"
  private static let scenes = "Scene category labels.xlsx"
  private static let attributes = [
    "Brightness", "Colorfulness", "Contrast", "Noisiness", "Sharpness",
  ]

  func read(_ request: ImportRequest) throws -> ImportedRows {
    let places = ["Annotations/", "", "Dataset SPAQ/Annotations/"]
    let file = try request.labelFile(
      places.map { $0 + Self.scores })
    let table = try TextTable(file: file)
    let name = try table.required("Image name", "image_name", "name")
    let score = try table.required(request.scoreColumn ?? "MOS")
    let attributes = Self.attributes.compactMap { table.column($0) }
    let scenes = try SceneTable(
      request.includesAttributes ? request.file(places.map { $0 + Self.scenes }) : nil)
    let split = request.splitColumn.flatMap { table.column($0) }
    var result = ImportedRows(file: file, scoreName: table.header[score])
    result.folders = ["TestImage", "Dataset SPAQ/TestImage", "images", ""]
    result.furtherColumns = attributes.map { table.header[$0].lowercased() } + scenes.columns
    for row in table.rows.indices {
      let image = table.text(row, name)
      for column in attributes { _ = try table.number(row, column) }
      result.rows.append(
        ImportedRow(
          name: image, score: table.text(row, score), value: try table.number(row, score),
          split: try table.split(row, split),
          further: attributes.map { table.text(row, $0) } + scenes.values(of: image)))
    }
    result.notices.append(.noSplit(.spaq))
    return result
  }
}

/// Shares of scene categories by image, as columns `scene_<name>`.
private struct SceneTable {
  private(set) var columns: [String] = []
  private var rows: [String: [String]] = [:]

  init(_ file: String?) throws(TableError) {
    guard let file else { return }
    let table = try TextTable(file: file)
    let name = try table.required("Image name", "image_name", "name")
    let others = table.header.indices.filter { $0 != name && !table.header[$0].isEmpty }
    columns = others.map {
      "scene_"
        + table.header[$0].lowercased().map { $0 == " " || $0 == "-" ? "_" : "\($0)" }.joined()
    }
    for row in table.rows.indices {
      rows[table.text(row, name)] = others.map { table.text(row, $0) }
    }
  }

  func values(of image: String) -> [String] { rows[image] ?? columns.map { _ in "" } }
}
