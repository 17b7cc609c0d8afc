// The first row of a table: columns are found by name.

import Files

/// The names of the columns of a table.
public struct TableHeader: Equatable, Sendable {
  /// As they are in the file, without blanks at both ends.
  public private(set) var names: [String]
  private var keys: [String]
  /// Columns by the keys of other names, see `renamed`.
  private var renamed: [String: Int] = [:]

  public init(_ fields: [String]) {
    names = fields.map(\.trimmed)
    keys = names.map(Self.key)
  }

  /// The first column with one of these names, in the order of the names. Case does not matter, and
  /// blanks, hyphens and underscores are the same.
  public func column(_ choices: String...) -> Int? { column(anyOf: choices) }

  /// See `column`.
  public func column(anyOf choices: [String]) -> Int? {
    let choices = choices.map(Self.key)
    return choices.lazy.compactMap { renamed[$0] }.first
      ?? choices.lazy.compactMap { keys.firstIndex(of: $0) }.first
  }

  /// The header with other names for some columns: they are found by these before all columns that have
  /// the names by themselves.
  /// - Throws: the names of columns that are not there, or that occur several times.
  public func renamed(by columns: ColumnNames) throws(ColumnNames.Problem) -> TableHeader {
    var result = self
    for pair in columns.pairs {
      let places = keys.indices.filter { keys[$0] == Self.key(pair.column) }
      guard places.count == 1 else {
        throw ColumnNames.Problem(
          text: (places.isEmpty ? "no column" : "\(places.count) columns")
            + " '\(pair.column)', which is to be read as '\(pair.name)'; there are \(list)")
      }
      result.renamed[Self.key(pair.name)] = places[0]
    }
    return result
  }

  /// Adds a column behind the others.
  mutating func append(_ name: String) {
    names.append(name)
    keys.append(Self.key(name))
  }

  /// Names of the columns that are called like this one, itself among them.
  public func namesakes(of column: Int) -> [String] {
    names.indices.filter { keys[$0] == keys[column] }.map { names[$0] }
  }

  /// The columns c1, c2, … of ratings, in this order.
  public var ratings: [Int] {
    var columns: [Int] = []
    while let next = column("c\(columns.count + 1)") { columns.append(next) }
    return columns
  }

  /// All names, for messages.
  public var list: String { names.joined(separator: ", ") }

  fileprivate static func key(_ name: String) -> String {
    String(name.trimmed.lowercased().map { $0 == " " || $0 == "-" ? "_" : $0 })
  }
}

/// Which column of a table is read as what: `mos=rating` takes the column `rating` for `mos`.
public struct ColumnNames: Equatable, Sendable {
  /// One column under another name.
  public struct Pair: Equatable, Sendable {
    /// The name by which the column is looked for.
    public var name: String
    /// Its name in the table.
    public var column: String

    public init(name: String, column: String) { (self.name, self.column) = (name, column) }
  }

  public private(set) var pairs: [Pair] = []

  /// Why a table cannot be read so.
  public struct Problem: Error {
    public let text: String
  }

  /// - Parameter texts: `name=column`, each name once.
  /// - Returns: nil for anything else.
  public init?(_ texts: [String]) {
    for text in texts {
      guard let equals = text.firstIndex(of: "=") else { return nil }
      let name = String(text[..<equals]).trimmed
      let column = String(text[text.index(after: equals)...]).trimmed
      guard !name.isEmpty, !column.isEmpty else { return nil }
      pairs.append(Pair(name: name, column: column))
    }
    guard Set(pairs.map { TableHeader.key($0.name) }).count == pairs.count else { return nil }
  }

  /// Every column by its own name.
  public init() {}

  /// Whether a column of a header is read under another name.
  public func renames(_ column: Int, of header: TableHeader) -> Bool {
    pairs.contains { header.column($0.name) == column }
  }
}

extension CommaSeparated {
  /// The header with the line it begins on; what follows are the rows below it.
  /// - Parameters:
  ///   - noun: what the table is, for the message about one without rows.
  ///   - expected: what it should begin with, for the same message.
  ///   - names: other names of columns.
  public mutating func header(
    of noun: String = "file", expected: String = "a header",
    columns names: ColumnNames = ColumnNames()
  ) throws(Problem) -> (line: Int, columns: TableHeader) {
    guard let first = try next() else {
      throw Problem(line: 1, text: "the \(noun) is empty; expected \(expected)")
    }
    do throws(ColumnNames.Problem) {
      return (first.line, try TableHeader(first.fields).renamed(by: names))
    } catch { throw Problem(line: first.line, text: error.text) }
  }

  /// The next row below `header`, which has as many fields; nil at the end.
  public mutating func next(
    below header: TableHeader
  ) throws(Problem) -> (line: Int, fields: [String])? {
    guard var row = try next() else { return nil }
    let count = header.names.count
    // Spreadsheets end rows with the separators of empty columns.
    while row.fields.count > count, row.fields.last?.isEmpty == true { row.fields.removeLast() }
    guard row.fields.count == count else {
      throw Problem(
        line: row.line,
        text: "expected \(count) fields as in the header, found \(row.fields.count)")
    }
    return row
  }

  /// The header of the file at `path`, reading little more than its first line; nil where that cannot be
  /// read as one.
  public static func header(ofFile path: String) -> TableHeader? {
    guard let start = try? RegularFile(path).read(first: rowLimit) else { return nil }
    return header(start: start)
  }

  /// The header of a file that has not been read to its end; nil where the first row is damaged.
  public static func header(start bytes: [UInt8]) -> TableHeader? {
    var table = CommaSeparated(bytes)
    return (try? table.next()).flatMap { $0 }.map { TableHeader($0.fields) }
  }
}
