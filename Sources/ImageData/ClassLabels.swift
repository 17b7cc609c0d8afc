// A column of classes → names of the classes and the class of each row. Numbers are labels from 0;
// anything else are names, in the order of their bytes.

import Files
import Tables

/// The classes of rows.
struct ClassLabels {
  /// A field of the column with the line of its row.
  struct Field {
    var line: Int
    /// Without blanks around it.
    var text: String
  }

  /// The classes; `0` … `n − 1` for numbers.
  private(set) var names: [String]
  /// The class of each row; nil where there is none.
  private(set) var labels: [Int32?] = []
  /// What is probably not meant, in words.
  private(set) var warnings: [String] = []

  typealias Problem = CommaSeparated.Problem

  /// Classes at most: a slip of the pen must not make a model of two hundred thousand outputs. ImageNet
  /// has 21,841; a few rows of a large set are allowed.
  static let limit = 100_000
  private static let limitOfFewRows = 25_000
  private static let rowsPerClass = 10

  /// The most classes that numbers in so many rows can stand for.
  static func limit(rows: Int) -> Int {
    min(limit, max(limitOfFewRows, rowsPerClass * rows))
  }

  /// - Throws: the first problem with its line; what many rows have in common is counted.
  init(_ fields: [Field], reading: ClassReading) throws(Problem) {
    let texts = reading == .names ? fields.map(Self.name) : fields.map { LabelText($0.text) }
    names = []
    if texts.contains(.name) {
      try Self.requireNames(fields, texts)
      try name(fields, texts)
    } else {
      try Self.requireNumbers(fields, texts)
      try number(fields, texts)
    }
  }

  /// Every text that is something is a name.
  private static func name(_ field: Field) -> LabelText { field.text.isEmpty ? .missing : .name }

  // MARK: Is it one column?

  private static func requireNumbers(_ fields: [Field], _ texts: [LabelText]) throws(Problem) {
    for (field, text) in zip(fields, texts) {
      switch text {
      case .missing: continue
      case .integer(let number) where number >= -1: continue
      case .integer, .fraction:
        throw Problem(
          line: field.line,
          text:
            "class '\(field.text)' is no whole number from 0; is it a score? Name the column of "
            + "scores with data.targets")
      case .name: preconditionFailure("expected no names among numbers")
      }
    }
  }

  private static func requireNames(_ fields: [Field], _ texts: [LabelText]) throws(Problem) {
    let numbers = texts.indices.filter { texts[$0] != .name && texts[$0] != .missing }
    guard let number = numbers.first, let name = texts.firstIndex(of: .name) else { return }
    throw Problem(
      line: fields[number].line,
      text:
        "numbers and names are mixed: \(numbers.count) of \(texts.count) labels are numbers such "
        + "as '\(fields[number].text)', others are names such as '\(fields[name].text)' (line "
        + "\(fields[name].line)); if all are names, set data.classes: names")
  }

  // MARK: Classes

  /// Numbers are labels; classes are as many as the largest one says.
  private mutating func number(_ fields: [Field], _ texts: [LabelText]) throws(Problem) {
    var present: Set<Int> = []
    let limit = Self.limit(rows: fields.count)
    for (field, text) in zip(fields, texts) {
      guard case .integer(let number) = text, number >= 0 else {
        labels.append(nil)
        continue
      }
      guard number < limit else {
        throw Problem(
          line: field.line,
          text:
            "label \(field.text) would make \(number.magnitude + 1) classes of \(fields.count) rows, "
            + "more than \(limit); correct it, or set data.classes: names if the labels are names")
      }
      present.insert(number)
      labels.append(Int32(number))
    }
    let count = (present.max() ?? -1) + 1
    names = (0..<count).map { "\($0)" }
    let absent = (0..<count).filter { !present.contains($0) }
    guard !absent.isEmpty else { return }
    let startsAtOne = absent == [0]
    warnings.append(
      "labels up to \(count - 1) make \(count) classes, of which \(absent.count) "
        + (absent.count == 1 ? "has" : "have") + " no image: "
        + Self.list(absent.map { "\($0)" })
        + (startsAtOne ? "; do the labels count from 1? The model counts from 0" : ""))
  }

  /// Names are classes in the order of their bytes.
  private mutating func name(_ fields: [Field], _ texts: [LabelText]) throws(Problem) {
    var found = Set<FileName>()
    for (field, text) in zip(fields, texts) where text == .name {
      found.insert(FileName(field.text))
    }
    let sorted = found.sorted()
    guard sorted.count <= Self.limit else {
      throw Problem(
        line: 1,
        text:
          "\(sorted.count) different classes, more than \(Self.limit); is it a column of names of "
          + "images?")
    }
    names = sorted.map(\.description)
    let places = Dictionary(uniqueKeysWithValues: zip(sorted, Int32(0)...))
    labels = zip(fields, texts).map { $1 == .name ? places[FileName($0.text)] : nil }
    for (first, second) in zip(names, names.dropFirst()) where first == second {
      warnings.append(
        "two classes '\(first)' differ only in how Unicode writes their letters; write them alike if "
          + "they are one")
    }
  }

  /// The first few, and how many there are besides.
  private static func list(_ words: [String]) -> String {
    words.prefix(8).joined(separator: ", ")
      + (words.count > 8 ? " and \(words.count - 8) more" : "")
  }
}
