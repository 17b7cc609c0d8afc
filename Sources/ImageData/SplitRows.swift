// Which rows of a manifest make the training or the validation set: by the words of a column, or by a
// seeded shuffle of groups where there is no such column.

import Tensors

/// The rows of one part of a manifest.
struct SplitRows {
  /// One value per row below the header.
  private(set) var isChosen: [Bool] = []
  /// How the rows were chosen, in words.
  private(set) var note = ""

  /// - Parameters:
  ///   - table: behind the header; read to its end.
  ///   - header: column names in lower case.
  /// - Throws: the problem when no row is chosen, with what there is.
  init(
    _ part: DataSplit, of table: CommaSeparated, header: [String], path: Int,
    rules: SplitConfiguration
  ) throws(CommaSeparated.Problem) {
    var table = table
    let column = header.firstIndex(of: rules.column.trimmed.lowercased())
    let group = header.firstIndex(of: "group")
    var keys: [String] = []
    while let row = try table.next() {
      let field = column ?? group ?? path
      let key = field < row.fields.count ? row.fields[field].trimmed : ""
      // A picture without a group is a group of its own.
      let isUngrouped = column == nil && key.isEmpty && path < row.fields.count
      keys.append(isUngrouped ? row.fields[path].trimmed : key)
    }
    guard !keys.isEmpty else { return }
    if column != nil {
      try choose(part, words: keys, rules: rules)
    } else if rules.column == SplitConfiguration().column {
      try choose(part, groups: keys, rules: rules, isGrouped: group != nil)
    } else {
      throw .init(
        line: 1,
        text: "no column '\(rules.column)' as data.split.column says; there are "
          + header.joined(separator: ", "))
    }
  }

  /// By the words of a column.
  private mutating func choose(
    _ part: DataSplit, words: [String], rules: SplitConfiguration
  ) throws(CommaSeparated.Problem) {
    func rows(_ word: String) -> [Bool] { words.map { Self.matches($0, word) } }
    var word = part == .train ? rules.train : part == .test ? "test" : rules.validation
    var chosen: [Bool]
    if part == .validation, word == "auto" {
      word = "validation"
      chosen = rows(word)
      if !chosen.contains(true) {
        word = "test"
        chosen = rows(word)
      }
      if !chosen.contains(true) { word = "validation or test" }
    } else {
      chosen = rows(word)
    }
    let counts = Dictionary(words.map { ($0, 1) }, uniquingKeysWith: +)
      .sorted { $0.key < $1.key }.map {
        "\($0.key.isEmpty ? "nothing" : $0.key) (\($0.value) rows)"
      }
    let found = counts.prefix(10).joined(separator: ", ")
    guard chosen.contains(true) else {
      throw .init(
        line: 1,
        text: "no row of the column '\(rules.column)' says '\(word)'; it has \(found). Set "
          + "data.split.\(part == .train ? "train" : "validation") to one of these words")
    }
    isChosen = chosen
    note = "\(part.rawValue): rows with \(rules.column) '\(word)'; the column has \(found)"
  }

  /// By a shuffle of the groups, which depends on their names alone, not on the order of the rows.
  private mutating func choose(
    _ part: DataSplit, groups: [String], rules: SplitConfiguration, isGrouped: Bool
  ) throws(CommaSeparated.Problem) {
    let sizes = Dictionary(groups.map { ($0, 1) }, uniquingKeysWith: +)
    guard sizes.count > 1 else {
      throw .init(
        line: 1,
        text: "\(isGrouped ? "one group" : "one picture") cannot be divided into training and "
          + "validation; add rows, or a column '\(rules.column)' with train and validation")
    }
    var names = sizes.keys.sorted(by: FolderListing.precedes)
    var random = RandomStream(seed: rules.seed, purpose: .split)
    for last in stride(from: names.count - 1, to: 0, by: -1) {
      names.swapAt(last, random.integer(below: last + 1))
    }
    let total = rules.ratio.reduce(0, +)
    let goals = rules.ratio.map { Double(groups.count) * $0 / total }
    var parts: [String: Int] = [:]
    var (current, filled) = (0, 0.0)
    for (place, name) in names.enumerated() {
      let size = Double(sizes[name] ?? 0)
      // On to the next part when this group would lead further from the goal than to it, or when no
      // group would be left for validation; never before a part has one.
      let isFull = filled + size / 2 > goals[current] || (current == 0 && place == names.count - 1)
      if filled > 0, isFull, current < goals.count - 1 { (current, filled) = (current + 1, 0) }
      parts[name] = current
      filled += size
    }
    let wanted = DataSplit.allCases.firstIndex(of: part) ?? 0
    isChosen = groups.map { parts[$0] == wanted }
    let ratio = rules.ratio.map { $0.rounded() == $0 ? "\(Int($0))" : "\($0)" }
    note =
      "\(part.rawValue): \(isChosen.count { $0 }) of \(groups.count) rows by ratio "
      + "\(ratio.joined(separator: ":")) with seed \(rules.seed)"
      + (isGrouped ? ", groups kept together" : "") + "; there is no column '\(rules.column)'"
  }

  /// Whether two words mean the same part.
  private static func matches(_ word: String, _ wanted: String) -> Bool {
    if word.lowercased() == wanted.trimmed.lowercased() { return true }
    guard let part = DataSplit(word: wanted.trimmed) else { return false }
    return DataSplit(word: word) == part
  }
}
