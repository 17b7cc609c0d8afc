// Plain text files: a line is a record, blanks separate its words.

import Files

public enum TextLines {
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
    var number = 0
    var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      number += 1
      guard end - start < 1 << 16, let line = String(validating: bytes[start..<end], as: UTF8.self)
      else {
        throw .row(path: file, line: number, problem: "expected a line of text")
      }
      start = end + 1
      let words = line.trimmed.utf8.split { $0 == separator || $0 == 0x09 }.map { Substring($0) }
      if !words.isEmpty { try body(number, words) }
    }
  }
}
