// Fields of tables come with blanks around them, and with words for nothing.

extension String {
  /// Without blanks at both ends.
  package var trimmed: String {
    var text = Substring(self)
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  /// Whether a field, without blanks around it, says that there is no value, as Excel, R, pandas or SQL
  /// say it.
  package var isMissingValue: Bool { missingValues.contains(lowercased()) }
}

private let missingValues: Set<String> = ["", "na", "n/a", "#n/a", "nan", "null"]
