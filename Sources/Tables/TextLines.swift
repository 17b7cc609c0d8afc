// Plain text files: a line is a record, blanks separate its words.

import Files

public enum TextLines {
  /// The lines of a text without their ends and without a byte order mark. Lines end with LF or CRLF, or
  /// with CR alone where the first one does.
  public static func lines(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    let end = text.firstIndex { $0 == 0x0A || $0 == 0x0D }
    let isReturn =
      end.map { text[$0] == 0x0D && ($0 + 1 == text.endIndex || text[$0 + 1] != 0x0A) } ?? false
    var lines = text.split(omittingEmptySubsequences: false) {
      $0 == 0x0A || isReturn && $0 == 0x0D
    }
    // What follows the last line end is no line.
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { $0.last == 0x0D ? $0.dropLast() : $0 }
  }

  /// Calls `body` with the words of every line that is not blank; lines count from 1.
  /// - Parameter separator: what separates words besides blanks.
  public static func forEach(
    in file: String, separator: UInt8 = 0x20,
    _ body: (_ line: Int, _ words: [Substring]) throws(TableError) -> Void
  ) throws(TableError) {
    let bytes: [UInt8]
    do { bytes = try FileSystem.read(file, limit: TextTable.byteLimit) } catch {
      throw .unreadable(path: file, reason: error.reason)
    }
    for (place, line) in lines(of: bytes).enumerated() {
      guard line.count < 1 << 16, let text = String(validating: line, as: UTF8.self) else {
        throw .row(path: file, line: place + 1, problem: "expected a line of text")
      }
      let words = text.trimmed.utf8.split { $0 == separator || $0 == 0x09 }.map { Substring($0) }
      if !words.isEmpty { try body(place + 1, words) }
    }
  }
}
