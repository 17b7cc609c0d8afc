// Which column of a manifest is what, and the label that the fields of a row make.

import Labels
import Tables

/// The columns that training reads.
struct ManifestColumns {
  private(set) var path: Int
  private(set) var kind: LabelKind
  /// The columns of the label: one, or one per rating or attribute.
  private(set) var values: [Int]
  /// Names of the attributes.
  private(set) var names: [String] = []

  typealias Problem = CommaSeparated.Problem

  /// - Throws: a problem that names the columns that are there.
  init(_ header: TableHeader, for builder: IndexBuilder, line: Int) throws(Problem) {
    guard let path = header.column(anyOf: ManifestColumn.path) else {
      throw .init(
        line: line,
        text:
          "expected a column 'path', found \(header.list); if another column holds the paths, say "
          + "so with data.columns: [path=…]")
    }
    self.path = path
    if builder.targets.isEmpty {
      (kind, values) = try Self.found(header, for: builder, line: line)
    } else {
      (kind, values) = try Self.named(builder.targets, header, line: line)
      if kind == .attributes { names = builder.targets.map(\.trimmed) }
    }
    for column in [path] + values {
      let namesakes = header.namesakes(of: column)
      guard namesakes.count > 1, !builder.columns.renames(column, of: header) else { continue }
      throw .init(
        line: line,
        text:
          "\(namesakes.count) columns are called '\(namesakes[0])'; rename the one that is not meant"
      )
    }
  }

  /// The labels that a header has, by the names that are in use.
  private static func found(
    _ header: TableHeader, for builder: IndexBuilder, line: Int
  ) throws(Problem) -> (LabelKind, [Int]) {
    let ratings = header.ratings
    var found: [(LabelKind, [Int])] = []
    if let score = header.column(anyOf: ManifestColumn.score) { found.append((.score, [score])) }
    if let label = header.column(anyOf: ManifestColumn.classes) {
      found.append((.classes, [label]))
    }
    if ratings.count > 1 { found.append((.ratings, ratings)) }
    let wanted = builder.kind
    let possible = found.filter { wanted == nil || $0.0 == wanted }
    if let choice = possible.first(where: { $0.0 == builder.preferredKind }) ?? possible.first {
      return choice
    }
    let names = [LabelKind.score: "'mos'", .classes: "'label'", .ratings: "'c1' to 'cK'"]
    let expected = wanted.flatMap { names[$0] } ?? "'mos', 'label' or 'c1' to 'cK'"
    throw .init(
      line: line,
      text:
        "expected a column \(expected), found \(header.list); if another column holds them, say so "
        + "with data.columns: [\(wanted == .classes ? "label" : "mos")=…]")
  }

  /// The columns that `data.targets` names: `label` or `class` holds classes, c1 … cK are ratings,
  /// any other column is a score and several are attributes.
  private static func named(
    _ targets: [String], _ header: TableHeader, line: Int
  ) throws(Problem) -> (LabelKind, [Int]) {
    let names = targets.map { $0.trimmed.lowercased() }
    var values: [Int] = []
    for target in targets {
      guard let column = header.column(target) else {
        throw .init(
          line: line,
          text: "no column '\(target)' as data.targets says; there are \(header.list)")
      }
      values.append(column)
    }
    if names.count > 1, names.enumerated().allSatisfy({ "c\($0 + 1)" == $1 }) {
      return (.ratings, values)
    }
    if names.count == 1, ManifestColumn.classes.contains(names[0]) { return (.classes, values) }
    return (names.count == 1 ? .score : .attributes, values)
  }

  /// The numbers of a row that is not of classes; nil where a field says that there is none.
  func target(_ fields: [String], line: Int) throws(Problem) -> Label? {
    var numbers: [Float] = []
    for column in values {
      let text = fields[column].trimmed
      if text.isMissingValue { return nil }
      guard let number = Float(text), number.isFinite else {
        throw .init(
          line: line,
          text: "expected a finite number, found '\(text)'"
            + (Float(text.replacing(",", with: ".")) == nil ? "" : "; write it with a point"))
      }
      numbers.append(number)
    }
    if kind == .score { return .score(numbers[0]) }
    if kind == .attributes { return .attributes(numbers) }
    let sum = numbers.reduce(0, +)
    guard numbers.allSatisfy({ $0 >= 0 }), sum > 0 else {
      throw .init(line: line, text: "expected ratings of at least 0 with a positive sum")
    }
    return .ratings(numbers.map { $0 / sum })
  }

  /// The fields that hold the label, as they are.
  func text(_ fields: [String]) -> String {
    values.map { fields[$0].trimmed }.first(where: \.isMissingValue)
      ?? values.first.map { fields[$0].trimmed } ?? ""
  }
}
