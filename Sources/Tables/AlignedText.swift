// Text in columns for people.

/// Rows of words in columns, the first to the left and the others to the right.
public func alignedColumns(_ rows: [[String]]) -> String {
  let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
  return rows.map { row in
    zip(row, widths).enumerated().map { column, cell in
      let padding = blanks(cell.1 - cell.0.count)
      return column == 0 ? cell.0 + padding : padding + cell.0
    }.joined(separator: "  ")
  }.joined(separator: "\n")
}

/// `text` with blanks behind it up to `width` characters, and at least `minimum`.
public func padded(_ text: String, _ width: Int, minimum: Int = 0) -> String {
  text + blanks(max(minimum, width - text.count))
}

private func blanks(_ count: Int) -> String { String(repeating: " ", count: count) }
