// Tree → YAML text: what a run stores in config.yaml and in each checkpoint. Stable: the same values give
// the same bytes, and reading the text gives the same values.

extension ConfigurationNode {
  /// The tree as YAML, keys in order of declaration, two spaces per level, lists in brackets.
  public var yaml: String {
    guard case .section(let entries, _) = self else { return inlineText + "\n" }
    var text = ""
    for entry in entries { entry.write(to: &text, indentation: 0) }
    return text
  }

  /// A scalar or list on one line.
  public var inlineText: String {
    switch self {
    case .scalar(let scalar, _):
      scalar.isQuoted && !Self.isPlain(scalar.text) ? Self.quoted(scalar.text) : scalar.text
    case .list(let items, _):
      "[" + items.map(\.inlineText).joined(separator: ", ") + "]"
    case .section(let entries, _):
      "{"
        + entries.map { "\(Self.keyText($0.key)): \($0.value.inlineText)" }
        .joined(separator: ", ") + "}"
    }
  }

  static func keyText(_ key: String) -> String { isPlain(key) ? key : quoted(key) }

  /// Whether text reads back as itself without quotes. Deliberately narrow: anything that could be taken
  /// for a number, a truth value, a date or YAML syntax is quoted.
  static func isPlain(_ text: String) -> Bool {
    guard let first = text.utf8.first else { return false }
    let isLetter = { (byte: UInt8) in (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A }
    guard isLetter(first) || first == 0x2F else { return false }  // a letter or '/'
    let safe = text.utf8.allSatisfy { byte in
      isLetter(byte) || (byte >= 0x30 && byte <= 0x39) || "_-./+".utf8.contains(byte)
    }
    let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf"]
    return safe && !words.contains(text.lowercased())
  }

  /// Text in double quotes with YAML's escapes.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
        let digits = String(scalar.value, radix: 16)
        result += "\\x" + String(repeating: "0", count: 2 - digits.count) + digits
      // Line separators and the byte order mark are read as line breaks or refused.
      case "\u{2028}", "\u{2029}", "\u{FEFF}":
        result += "\\u" + String(scalar.value, radix: 16)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension ConfigurationNode.Entry {
  fileprivate func write(to text: inout String, indentation: Int) {
    let margin = String(repeating: " ", count: indentation)
    text += margin + ConfigurationNode.keyText(key) + ":"
    if case .section(let entries, _) = value, !entries.isEmpty {
      text += "\n"
      for entry in entries { entry.write(to: &text, indentation: indentation + 2) }
    } else {
      text +=
        " " + value.wrappedText(from: margin.count + key.count + 2, margin: margin + "  ") + "\n"
    }
  }
}

extension ConfigurationNode {
  /// Columns of a line, as long as its items allow.
  private static let lineWidth = 100

  /// The value on one line, or a long list on several: a classifier has a thousand names.
  /// - Parameters:
  ///   - column: where the value begins.
  ///   - margin: what further lines begin with.
  fileprivate func wrappedText(from column: Int, margin: String) -> String {
    guard case .list(let items, _) = self else { return inlineText }
    var text = "["
    var width = column + 1
    for (place, item) in items.enumerated() {
      let word = item.inlineText + (place == items.count - 1 ? "]" : ",")
      if place > 0, width + 1 + word.count > Self.lineWidth {
        text += "\n" + margin
        width = margin.count
      } else if place > 0 {
        text += " "
        width += 1
      }
      text += word
      width += word.count
    }
    return items.isEmpty ? "[]" : text
  }
}
