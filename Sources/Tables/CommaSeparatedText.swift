// Rows of comma-separated values (RFC 4180): written by evaluate, predict and the commands over manifests.

/// Writing, and reading back what was written.
public enum CommaSeparatedText {
  /// A field, in quotes where it needs them.
  public static func field(_ text: String) -> String {
    text.utf8.contains { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }
      ? "\"\(text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
      : text
  }

  /// A row with its line end.
  public static func row(_ fields: [String]) -> String {
    // A row of one empty field would be a blank line, which readers skip.
    fields == [""] ? "\"\"\n" : fields.map(field).joined(separator: ",") + "\n"
  }

  /// The complete rows of `bytes` and where the last of them ends; a row is complete with its line end.
  public static func rows(_ bytes: [UInt8]) -> (rows: [[String]], end: Int) {
    var rows: [[String]] = []
    var (row, field): ([String], [UInt8]) = ([], [])
    let quote: UInt8 = 0x22
    var isQuoted = false
    var end = 0
    var index = 0
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch byte {
      case quote where isQuoted && index < bytes.count && bytes[index] == quote:
        field.append(quote)
        index += 1
      case quote: isQuoted.toggle()
      case _ where isQuoted: field.append(byte)
      case 0x2C:
        row.append(String(decoding: field, as: UTF8.self))
        field = []
      case 0x0A:
        rows.append(row + [String(decoding: field, as: UTF8.self)])
        (row, field) = ([], [])
        end = index
      default: field.append(byte)
      }
    }
    return (rows, end)
  }
}
