// The first sheet of an .xlsx file (ECMA-376 part 1, § 18): a zip archive of XML parts.

import Foundation
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

  /// The rows of the first sheet. Numbers become their shortest text, so that 54.329999999999998,
  /// as spreadsheets store 54.33, is 54.33 again.
  /// - Throws: `TableError.damaged` for anything that is wrong with the file.
  static func firstSheet(of path: String) throws(TableError) -> [SheetRow] {
    let parts = SpreadsheetParts(path: path)
    let workbook = WorkbookParser()
    try parts.parse("xl/workbook.xml", with: workbook)
    let relations = RelationParser()
    try parts.parse("xl/_rels/workbook.xml.rels", with: relations)
    guard let id = workbook.firstSheet, let target = relations.targets[id] else {
      throw .damaged(path: path, reason: "the workbook names no sheet")
    }
    let strings = SharedStringParser()
    if try parts.contains("xl/sharedStrings.xml") {
      try parts.parse("xl/sharedStrings.xml", with: strings)
    }
    let sheet = SheetParser(strings: strings.strings)
    try parts.parse(
      target.hasPrefix("/") ? String(target.dropFirst()) : "xl/\(target)", with: sheet)
    return sheet.rows
  }
}

/// The parts of one file, each looked for from the start: a part may lie before or after those that
/// refer to it.
private struct SpreadsheetParts {
  let path: String

  func contains(_ name: String) throws(TableError) -> Bool {
    try withEntry(name) { _, _ in () } != nil
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
