// Rows of comma-separated values (RFC 4180): written by evaluate, predict and the commands over
// manifests.

/// Writing; `CommaSeparated` reads.
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
}
