// A table with a header, from CSV, TSV or xlsx: what label files and manifests are before their
// columns have a meaning.

import Files
import Tensors

/// Rows of text below a header.
public struct TextTable: Equatable, Sendable {
  /// Where it came from, for messages: the file, and the sheet of a workbook that has several.
  public var path: String
  /// The names of the columns.
  public private(set) var columns: TableHeader
  /// As many fields as the header, in each row.
  public var rows: [[String]]
  /// The line, or the row of the sheet, that each row began on.
  public var lines: [Int]

  /// Bytes of a label file at most.
  public static let byteLimit = 1 << 30

  /// A table made in memory; rows count from line 2.
  public init(path: String = "", header: [String], rows: [[String]]) {
    self.path = path
    columns = TableHeader(header)
    self.rows = rows
    lines = Array(2..<2 + rows.count)
  }

  /// Reads a file. What it is, is told by its first bytes: a zip archive is taken for an xlsx,
  /// anything else for CSV.
  /// - Throws: `TableError.unreadable`, `.damaged`, `.row`.
  public init(file path: String) throws(TableError) {
    let bytes: [UInt8]
    do { bytes = try FileSystem.read(path, limit: Self.byteLimit) } catch {
      throw .unreadable(path: path, reason: error.reason)
    }
    if bytes.starts(with: [0x50, 0x4B]) {
      try self.init(sheet: try Spreadsheet.firstSheet(of: path), path: path)
    } else {
      try self.init(text: bytes, path: path)
    }
  }

  /// The table of the bytes of a CSV file.
  public init(text bytes: [UInt8], path: String) throws(TableError) {
    self.path = path
    (rows, lines) = ([], [])
    do throws(CommaSeparated.Problem) {
      var table = CommaSeparated(bytes)
      columns = try table.header().columns
      while let row = try table.next(below: columns) {
        rows.append(row.fields)
        lines.append(row.line)
      }
    } catch {
      throw .row(path: path, line: error.line, problem: error.text)
    }
  }

  /// The first row of a sheet that is not empty is the header; empty rows are left out.
  private init(sheet: Spreadsheet.Sheet, path: String) throws(TableError) {
    self.path = sheet.description.map { "\(path), \($0)" } ?? path
    (rows, lines) = ([], [])
    guard let first = sheet.rows.first else {
      throw .damaged(path: self.path, reason: "the first sheet is empty; expected a header")
    }
    columns = TableHeader(first.cells)
    for row in sheet.rows.dropFirst() {
      var cells = row.cells
      cells.append(contentsOf: repeatElement("", count: max(0, header.count - cells.count)))
      rows.append(Array(cells.prefix(header.count)))
      lines.append(row.number)
    }
  }

  /// The names of the columns as they are in the file, without blanks at both ends.
  public var header: [String] { columns.names }

  /// Looks for columns by other names from now on, see `TableHeader.renamed`.
  /// - Throws: `TableError.row` for columns that are not there.
  public mutating func rename(by names: ColumnNames) throws(TableError) {
    do throws(ColumnNames.Problem) { columns = try columns.renamed(by: names) } catch {
      throw .row(path: path, line: 1, problem: error.text)
    }
  }

  /// See `TableHeader.column`.
  public func column(_ names: String...) -> Int? { columns.column(anyOf: names) }

  /// The column, or an error that names the columns that are there.
  public func required(_ names: String...) throws(TableError) -> Int {
    try required(anyOf: names)
  }

  /// See `required`.
  public func required(anyOf names: [String]) throws(TableError) -> Int {
    if let found = columns.column(anyOf: names) { return found }
    let expected = names.map { "'\($0)'" }.joined(separator: " or ")
    throw .row(
      path: path, line: 1,
      problem: "expected a column \(expected), found \(columns.list)")
  }

  /// A field without blanks at both ends.
  public func text(_ row: Int, _ column: Int) -> String { rows[row][column].trimmed }

  /// A field as a finite number.
  public func number(_ row: Int, _ column: Int) throws(TableError) -> Double {
    let text = text(row, column)
    guard let number = Double(text), number.isFinite else {
      throw failure(
        row, "expected a finite number in column '\(header[column])', found '\(text)'")
    }
    return number
  }

  /// The error that a row cannot be understood.
  public func failure(_ row: Int, _ problem: String) -> TableError {
    .row(path: path, line: lines[row], problem: problem)
  }

  /// Replaces the column that is found by a name, or appends one.
  public mutating func set(_ name: String, _ values: [String]) {
    let place = columns.column(name)
    if place == nil { columns.append(name) }
    for row in rows.indices {
      if let place { rows[row][place] = values[row] } else { rows[row].append(values[row]) }
    }
  }

  /// The bytes of the table as CSV.
  public var bytes: [UInt8] {
    var text = CommaSeparatedText.row(header)
    for row in rows { text += CommaSeparatedText.row(row) }
    return Array(text.utf8)
  }

  /// 64-bit FNV-1a hash of `bytes` in hexadecimal digits: names the manifest in reports.
  public var digest: String {
    var hash = ByteHash()
    hash.combine(bytes)
    return hash.text
  }

  /// Writes the table as CSV, complete or not at all.
  public func write(to path: String) throws(TableError) {
    do { try FileSystem.replace(path, with: bytes) } catch {
      throw .unwritable(path: path, reason: error.reason)
    }
  }
}
