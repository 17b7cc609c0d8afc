// Tables of keys and values as text for terminals and as Markdown for documents.

extension ConfigurationTable {
  /// The table as Markdown: a heading and a table per section.
  public var markdown: String {
    parts.map { part in
      let rows = part.rows.map { row in
        let cells = [
          "`\(row.path)`", row.type, "`\(row.defaultText)`", row.unit, row.range.words(),
          row.purpose,
        ]
        return "| " + cells.joined(separator: " | ") + " |"
      }
      return """
        ## \(part.path): \(part.purpose)

        | key | type | default | unit | range | what for |
        |---|---|---|---|---|---|
        \(rows.joined(separator: "\n"))
        """
    }.joined(separator: "\n\n")
  }

  /// The table for a terminal: two lines per key, the second with what it is for.
  public var text: String {
    let lines = aligned(
      rows.map { row in
        let range = row.range.words(with: row.unit)
        return [row.path, row.defaultText, range.isEmpty ? row.type : "\(row.type): \(range)"]
      })
    var next = lines.makeIterator()
    return parts.map { part in
      let keys = part.rows.map { row in
        "  \(next.next() ?? "")\n      \(row.purpose.filter { $0 != "`" })"
      }
      return (["\(part.path): \(part.purpose)"] + keys).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }
}

extension ConfigurationNode {
  /// Every value with its dotted path and the place where it was written, one per line.
  /// - Parameter place: the name of a place.
  public func listing(naming place: (Origin) -> String = { "\($0)" }) -> String {
    aligned(leaves.map { [$0.path, $0.node.inlineText, place($0.node.origin)] })
      .joined(separator: "\n")
  }
}

/// One line per row, columns to the left.
private func aligned(_ rows: [[String]]) -> [String] {
  let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
  return rows.map { row in
    let padded = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
    return (padded.dropLast() + row.suffix(1)).joined(separator: "  ")
  }
}
