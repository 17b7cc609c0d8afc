// The first row of a table: columns are found by name.

/// The names of the columns of a table.
public struct TableHeader: Equatable, Sendable {
  /// As they are in the file, without blanks at both ends.
  public let names: [String]
  private let keys: [String]

  public init(_ fields: [String]) {
    names = fields.map(\.trimmed)
    keys = names.map(Self.key)
  }

  /// The first column with one of these names, in the order of the names. Case does not matter, and
  /// blanks, hyphens and underscores are the same.
  public func column(_ choices: String...) -> Int? { column(anyOf: choices) }

  /// See `column`.
  public func column(anyOf choices: [String]) -> Int? {
    choices.lazy.compactMap { keys.firstIndex(of: Self.key($0)) }.first
  }

  /// The columns c1, c2, … of ratings, in this order.
  public var ratings: [Int] {
    var columns: [Int] = []
    while let next = column("c\(columns.count + 1)") { columns.append(next) }
    return columns
  }

  /// All names, for messages.
  public var list: String { names.joined(separator: ", ") }

  private static func key(_ name: String) -> String {
    String(name.trimmed.lowercased().map { $0 == " " || $0 == "-" ? "_" : $0 })
  }
}

extension CommaSeparated {
  /// The header with the line it begins on; what follows are the rows below it.
  /// - Parameters:
  ///   - noun: what the table is, for the message about one without rows.
  ///   - expected: what it should begin with, for the same message.
  public mutating func header(
    of noun: String = "file", expected: String = "a header"
  ) throws(Problem) -> (line: Int, columns: TableHeader) {
    guard let first = try next() else {
      throw Problem(line: 1, text: "the \(noun) is empty; expected \(expected)")
    }
    return (first.line, TableHeader(first.fields))
  }

  /// The next row below `header`, which has as many fields; nil at the end.
  public mutating func next(
    below header: TableHeader
  ) throws(Problem) -> (line: Int, fields: [String])? {
    guard let row = try next() else { return nil }
    guard row.fields.count == header.names.count else {
      throw Problem(
        line: row.line,
        text: "expected \(header.names.count) fields as in the header, found \(row.fields.count)")
    }
    return row
  }

  /// The header of a file that has not been read to its end, such as its first 64 KiB; nil where
  /// the first row is damaged.
  public static func header(start bytes: [UInt8]) -> TableHeader? {
    var table = CommaSeparated(bytes)
    return (try? table.next()).flatMap { $0 }.map { TableHeader($0.fields) }
  }
}
