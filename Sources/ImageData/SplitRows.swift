// Which rows of a manifest make the training or the validation set: by the words of a column, or by
// a seeded shuffle of groups where there is no such column.

import Labels
import Tables

/// The rows of one split of a manifest.
struct SplitRows {
  /// One value per row below the header.
  private(set) var isChosen: [Bool] = []
  /// How the rows were chosen, in words; nil where nothing was to be chosen.
  private(set) var note: String?

  /// - Parameters:
  ///   - table: behind the header, which begins on `line`; read to its end.
  ///   - path: the column of paths.
  ///   - paths: how they are read.
  ///   - isOptional: whether a table without a column of splits is used whole.
  /// - Throws: the problem when no row is chosen, with what there is.
  init(
    _ split: DataSplit, of table: CommaSeparated, header: TableHeader, line: Int, path: Int,
    paths rule: ManifestPaths, rules: SplitConfiguration, isOptional: Bool
  ) throws(CommaSeparated.Problem) {
    var table = table
    let column = header.column(rules.column)
    if let column, header.namesakes(of: column).count > 1 {
      throw .init(
        line: line,
        text: "\(header.namesakes(of: column).count) columns are called "
          + "'\(header.namesakes(of: column).joined(separator: "' and '"))'; remove the one that does not "
          + "count, or name another with data.split.column")
    }
    let group = header.column(ManifestColumn.group)
    var words: [String] = []
    var paths: [String] = []
    var groups: [String] = []
    while let row = try table.next() {
      func field(_ column: Int?) -> String {
        column.map { $0 < row.fields.count ? row.fields[$0].trimmed : "" } ?? ""
      }
      if column != nil {
        words.append(field(column))
      } else {
        paths.append(rule.below(field(path)))
        if group != nil { groups.append(field(group)) }
      }
    }
    guard !words.isEmpty || !paths.isEmpty else { return }
    if isOptional, !Self.divides(words, rules: rules) {
      isChosen = [Bool](repeating: true, count: words.count + paths.count)
      if column == nil, rules.column != SplitConfiguration().column {
        note =
          "\(split.rawValue): all \(isChosen.count) rows; there is no column '\(rules.column)', which "
          + "data.split.column names"
      } else if column != nil {
        note =
          "\(split.rawValue): all \(isChosen.count) rows; the column '\(rules.column)' has no word for "
          + "training or validation"
      }
    } else if column != nil {
      try choose(split, words: words, rules: rules)
    } else if rules.column == SplitConfiguration().column {
      try choose(
        split, of: RowDivision(paths: paths, groups: group == nil ? nil : groups), rules: rules,
        isGrouped: group != nil)
    } else {
      throw .init(
        line: 1,
        text: "no column '\(rules.column)' as data.split.column says; there are "
          + header.names.map { $0.lowercased() }.joined(separator: ", "))
    }
  }

  /// By the words of a column.
  private mutating func choose(
    _ split: DataSplit, words: [String], rules: SplitConfiguration
  ) throws(CommaSeparated.Problem) {
    func rows(_ word: String) -> [Bool] { words.map { Self.matches($0, word) } }
    var word = split == .train ? rules.train : split == .test ? "test" : rules.validation
    var chosen: [Bool]
    if split == .validation, word == "auto" {
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
          + "data.split.\(split == .train ? "train" : "validation") to one of these words")
    }
    isChosen = chosen
    note = "\(split.rawValue): rows with \(rules.column) '\(word)'; the column has \(found)"
  }

  /// By a shuffle of the groups: the first split that `data split` makes of the same ratio and
  /// seed.
  private mutating func choose(
    _ split: DataSplit, of division: RowDivision, rules: SplitConfiguration, isGrouped: Bool
  ) throws(CommaSeparated.Problem) {
    let numbers = rules.ratio.map { $0.rounded() == $0 ? "\(Int($0))" : "\($0)" }
    let ratio = numbers.joined(separator: ":")
    guard let shares = SplitRatio(shares: rules.ratio),
      let place = DataSplit.allCases.firstIndex(of: split), shares.shares[place] > 0
    else {
      throw .init(
        line: 1,
        text: "no rows for \(split.rawValue): data.split.ratio is \(ratio), and there is no column "
          + "'\(rules.column)'")
    }
    do throws(RowDivision.EmptySplit) {
      isChosen = try division.splits(shares, seed: rules.seed).map { $0 == split }
    } catch {
      throw .init(
        line: 1,
        text:
          "\(error.reason): \(error.split.rawValue) would be empty by ratio \(ratio); set another "
          + "data.split.ratio, or add rows or a column '\(rules.column)'")
    }
    note =
      "\(split.rawValue): \(isChosen.count { $0 }) of \(isChosen.count) rows by ratio \(ratio) with "
      + "seed \(rules.seed)" + (isGrouped ? ", groups kept together" : "")
      + "; there is no column '\(rules.column)'"
  }

  /// Whether words are those of a column of splits.
  private static func divides(_ words: [String], rules: SplitConfiguration) -> Bool {
    words.contains {
      DataSplit(word: $0) != nil || matches($0, rules.train) || matches($0, rules.validation)
    }
  }

  /// Whether two words mean the same split.
  private static func matches(_ word: String, _ wanted: String) -> Bool {
    if word.lowercased() == wanted.trimmed.lowercased() { return true }
    guard let split = DataSplit(word: wanted.trimmed) else { return false }
    return DataSplit(word: word) == split
  }
}
