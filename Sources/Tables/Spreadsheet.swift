// The first visible sheet of an .xlsx file (ECMA-376 part 1, § 18): a zip archive of XML parts.

import Files
import ZipArchives

/// A row that is not empty; `number` counts from 1, as spreadsheets show it.
struct SheetRow: Equatable {
  var number: Int
  var cells: [String]
}

/// Reading spreadsheets. Files come from the network and are not trusted: every size is limited
/// before memory is taken, and document types, the only way to entities, are refused.
enum Spreadsheet {
  /// Uncompressed bytes of one part; the sheet of SPAQ's 11125 rows has about 2 MB.
  static let partLimit = 64 << 20

  /// A sheet that was read.
  struct Sheet {
    var rows: [SheetRow]
    /// Which one it is, where there are several: `sheet 'Scores' of 3, 1 of them hidden`.
    var description: String?
  }

  /// The first sheet that is not hidden. Numbers become their shortest text, so that
  /// 54.329999999999998, as spreadsheets store 54.33, is 54.33 again.
  /// - Throws: `TableError.damaged` for anything that is wrong with the file.
  static func firstSheet(of path: String) throws(TableError) -> Sheet {
    let parts = SpreadsheetParts(path: path)
    let package = try parts.relations(of: "")
    let book = part(package.target(ofType: "officeDocument") ?? "xl/workbook.xml", from: "")
    let workbook = WorkbookParser()
    try parts.parse(book, with: workbook)
    let relations = try parts.relations(of: book)
    guard !workbook.sheets.isEmpty else {
      throw .damaged(path: path, reason: "the workbook names no sheet")
    }
    guard let chosen = workbook.sheets.first(where: { !$0.isHidden }) else {
      throw .damaged(path: path, reason: "all sheets of the workbook are hidden; show one")
    }
    guard let target = relations.targets[chosen.id] else {
      throw .damaged(path: path, reason: "the workbook does not say where '\(chosen.name)' is")
    }
    let strings = SharedStringParser()
    let shared = part(relations.target(ofType: "sharedStrings") ?? "sharedStrings.xml", from: book)
    if try parts.contains(shared) { try parts.parse(shared, with: strings) }
    let sheet = SheetParser(strings: strings.strings)
    try parts.parse(part(target, from: book), with: sheet)
    let (count, hidden) = (workbook.sheets.count, workbook.sheets.count { $0.isHidden })
    let description =
      count == 1
      ? nil
      : "sheet '\(chosen.name)' of \(count)" + (hidden == 0 ? "" : ", \(hidden) of them hidden")
    return Sheet(rows: sheet.rows, description: description)
  }

  /// The name in the archive of what a relation of the part `source` leads to (ECMA-376 part 2, § 9.3):
  /// from the root of the archive, or from the folder of the part.
  private static func part(_ target: String, from source: String) -> String {
    let folder =
      target.utf8.first == 0x2F || !source.contains("/") ? "" : FilePath.directory(of: source)
    var components: [Substring] = []
    for component in "\(folder)/\(target)".split(separator: "/") where component != "." {
      if component != ".." { components.append(component) } else { _ = components.popLast() }
    }
    return components.joined(separator: "/")
  }
}

/// The parts of one file, each looked for from the start: a part may lie before or after those that
/// refer to it.
private struct SpreadsheetParts {
  let path: String

  func contains(_ name: String) throws(TableError) -> Bool {
    try withEntry(name) { _, _ in () } != nil
  }

  /// The relations of a part, which lie beside it; none where there are none.
  func relations(of part: String) throws(TableError) -> RelationParser {
    let relations = RelationParser()
    let folder = part.contains("/") ? FilePath.directory(of: part) + "/" : ""
    let name = "\(folder)_rels/\(FilePath.name(of: part)).rels"
    if try contains(name) { try parse(name, with: relations) }
    return relations
  }

  /// Parses a part.
  func parse(_ name: String, with delegate: PartParser) throws(TableError) {
    let bytes = try withEntry(name) { (reader, entry) throws(ZipError) in
      try read(entry, of: reader)
    }
    guard let bytes else {
      throw .damaged(path: path, reason: "no spreadsheet: the archive has no part '\(name)'")
    }
    if let problem = delegate.problem(parsing: bytes) {
      throw .damaged(path: path, reason: "part '\(name)': \(problem)")
    }
  }

  private func withEntry<Value>(
    _ name: String, _ body: (ZipReader, ZipReader.Entry) throws(ZipError) -> Value
  ) throws(TableError) -> Value? {
    do throws(ZipError) {
      let reader = try ZipReader(path)
      while let entry = try reader.next() {
        guard entry.name == name else { continue }
        if let problem = entry.problem { throw ZipError(reason: "part '\(name)' \(problem)") }
        return try body(reader, entry)
      }
      return nil
    } catch { throw .damaged(path: path, reason: error.reason) }
  }

  private func read(_ entry: ZipReader.Entry, of reader: ZipReader) throws(ZipError) -> [UInt8] {
    var bytes: [UInt8] = []
    let chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
    defer { chunk.deallocate() }
    while let start = chunk.baseAddress {
      let count = try reader.read(into: start, count: chunk.count, of: entry)
      if count == 0 { break }
      bytes += chunk.prefix(count)
      guard bytes.count <= Spreadsheet.partLimit else {
        throw ZipError(
          reason: "part '\(entry.name)' has more than \(Spreadsheet.partLimit >> 20) MiB")
      }
    }
    return bytes
  }
}
