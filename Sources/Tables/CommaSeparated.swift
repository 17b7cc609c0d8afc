// Comma-separated values after RFC 4180: quotes, doubled quotes, CRLF, byte order mark, blank
// lines; comma, semicolon or tab, told from the first line. Lines end with LF, or with CR alone where
// the first line does (Excel on a Mac). A first line `sep=;` (Excel) names the separator.

/// The rows of a table, one after the other.
public struct CommaSeparated {
  /// The separator: the most frequent of `,` `;` and tab in the first line.
  public let separator: UInt8
  /// Whether a carriage return alone ends a line.
  private let endsWithReturn: Bool
  private let bytes: [UInt8]
  /// Where the next row begins.
  public private(set) var position: Int
  private var nextLine = 1

  /// A problem with its line.
  public struct Problem: Error {
    /// Counts from 1.
    public var line: Int
    /// What is wrong, in words.
    public var text: String

    public init(line: Int, text: String) {
      self.line = line
      self.text = text
    }
  }

  /// Bytes of a row; longer ones are damage, not data.
  public static let rowLimit = 1 << 20

  /// The table of the bytes of a file.
  /// - Parameter separator: nil to tell it from the first line.
  public init(_ bytes: [UInt8], separator: UInt8? = nil) {
    self.bytes = bytes
    position = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    endsWithReturn = Self.endsWithReturn(bytes)
    let line = bytes[position...].prefix { $0 != 0x0A && $0 != 0x0D }
    if separator == nil, line.count == 5, line.starts(with: "sep=".utf8), let named = line.last {
      self.separator = named
      position += 5
      if position < bytes.count, bytes[position] == 0x0D { position += 1 }
      if position < bytes.count, bytes[position] == 0x0A { position += 1 }
      nextLine = 2
    } else {
      self.separator = separator ?? Self.separator(of: line)
    }
  }

  /// Whether the first line, outside of quotes, ends with a carriage return alone.
  private static func endsWithReturn(_ bytes: [UInt8]) -> Bool {
    var isQuoted = false
    for (place, byte) in bytes.enumerated() {
      if byte == 0x22 { isQuoted.toggle() }
      if isQuoted { continue }
      if byte == 0x0A { return false }
      if byte == 0x0D { return place + 1 == bytes.count || bytes[place + 1] != 0x0A }
    }
    return false
  }

  private static func separator(of line: ArraySlice<UInt8>) -> UInt8 {
    let count = { (separator: UInt8) in line.count { $0 == separator } }
    var separator: UInt8 = 0x2C
    for other: UInt8 in [0x3B, 0x09] where count(other) > count(separator) { separator = other }
    return separator
  }

  /// The fields of the next row that is not blank with the line it begins on; nil at the end. Rows
  /// of separators and blanks alone are blank, too: spreadsheets write them.
  public mutating func next() throws(Problem) -> (line: Int, fields: [String])? {
    if position == 0, bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw Problem(line: 1, text: "UTF-16 text; save it as UTF-8")
    }
    while position < bytes.count {
      let line = nextLine
      let fields = try row(line)
      if !fields.allSatisfy({ $0.utf8.allSatisfy { $0 == 0x20 } }) { return (line, fields) }
    }
    return nil
  }

  private mutating func row(_ line: Int) throws(Problem) -> [String] {
    var fields: [String] = []
    var field: [UInt8] = []
    let start = position
    while position < bytes.count {
      guard position - start <= Self.rowLimit else {
        throw Problem(line: line, text: "a row of more than \(Self.rowLimit) bytes")
      }
      let byte = bytes[position]
      position += 1
      switch byte {
      case separator:
        fields.append(try text(field, line))
        field.removeAll(keepingCapacity: true)
      case 0x22 where field.isEmpty:
        try quoted(into: &field, line)
      case 0x0D where position < bytes.count && bytes[position] == 0x0A:
        continue
      case let end where end == 0x0A || end == 0x0D && endsWithReturn:
        nextLine += 1
        fields.append(try text(field, line))
        return fields
      default:
        field.append(byte)
      }
    }
    nextLine += 1
    fields.append(try text(field, line))
    return fields
  }

  private mutating func quoted(into field: inout [UInt8], _ line: Int) throws(Problem) {
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == 0x0A || endsWithReturn && byte == 0x0D { nextLine += 1 }
      if byte != 0x22 {
        field.append(byte)
        guard field.count <= Self.rowLimit else { break }
      } else if position < bytes.count && bytes[position] == 0x22 {
        field.append(0x22)
        position += 1
      } else {
        return
      }
    }
    throw Problem(line: line, text: "a quote is never closed")
  }

  private func text(_ field: [UInt8], _ line: Int) throws(Problem) -> String {
    guard let text = String(validating: field, as: UTF8.self) else {
      throw Problem(line: line, text: "not valid UTF-8")
    }
    return text
  }
}

extension CommaSeparated {
  /// The rows that are complete, with their line ends, and where the last of them ends: what a
  /// program has written before it was killed.
  public static func completeRows(_ bytes: [UInt8]) -> (rows: [[String]], end: Int) {
    var table = CommaSeparated(bytes, separator: 0x2C)
    var rows: [[String]] = []
    var end = 0
    while let row = try? table.next(), bytes[table.position - 1] == 0x0A {
      rows.append(row.fields)
      end = table.position
    }
    return (rows, end)
  }
}
