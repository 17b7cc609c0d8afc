// Manifest (CSV with a header) → unmeasured samples.

import Files
import Labels
import Tables

/// What is to be read from a manifest.
struct ManifestRequest {
  /// The folder that paths are relative to.
  var root: String
  /// The kind of label to read if the manifest has several.
  var kind: LabelKind?
  /// The kind to read if the manifest has it, and any other if not.
  var preferredKind: LabelKind?
  /// The columns to learn; empty to find them.
  var targets: [String] = []
  /// The split of the rows; nil for all.
  var split: DataSplit?
  /// How rows are divided into splits.
  var rules = SplitConfiguration()
  /// The classes of another set, whose labels are to be used.
  var classNames: [String]?
}

enum ManifestListing {
  /// The rows of a manifest, in order. Columns are found by name: `path`, and those of
  /// `request.targets`, or else `mos`, `label` or `c1` … `cK` (in this order of preference); others
  /// are ignored.
  static func listing(manifest: String, _ request: ManifestRequest) throws(DataError) -> Listing {
    let bytes: [UInt8]
    do { bytes = try FileSystem.read(manifest, limit: 4 << 30) } catch {
      throw .unreadable(path: manifest, reason: error.reason)
    }
    do throws(CommaSeparated.Problem) {
      return try listing(CommaSeparated(bytes), request)
    } catch {
      throw .manifest(path: manifest, line: error.line, problem: error.text)
    }
  }

  private static func listing(
    _ table: CommaSeparated, _ request: ManifestRequest
  ) throws(CommaSeparated.Problem) -> Listing {
    var table = table
    let (headerLine, header) = try table.header(
      of: "manifest", expected: "a header such as path,mos")
    let columns = try ManifestColumns(header, request: request, line: headerLine)
    var chosen: SplitRows?
    if let split = request.split {
      chosen = try SplitRows(
        split, of: table, header: header, path: columns.path, rules: request.rules)
    }
    var samples: [Sample] = []
    var words: [String] = []
    var number = 0
    while let row = try table.next(below: header) {
      number += 1
      if let chosen, !chosen.isChosen[number - 1] { continue }
      let path = try relative(row.fields[columns.path].trimmed, root: request.root, line: row.line)
      let target = try columns.target(row.fields, line: row.line)
      samples.append(Sample(path: path, target: target ?? .classIndex(0), height: 1, width: 1))
      if target == nil { words.append(row.fields[columns.values[0]].trimmed) }
    }
    if samples.isEmpty { throw .init(line: headerLine, text: "no rows below the header") }
    var names = columns.names
    if columns.kind == .classes {
      names = try label(&samples, words: words, classNames: request.classNames)
    }
    let warnings =
      table.separator == 0x2C
      ? [] : ["fields are separated by \(table.separator == 0x09 ? "tabs" : "semicolons")"]
    return Listing(
      index: SampleIndex(
        root: request.root, kind: columns.kind, classNames: names, samples: samples),
      warnings: warnings, notes: chosen.map { [$0.note] } ?? [])
  }

  /// Labels as words: numbers are labels from 0, anything else are names in order of their bytes.
  private static func label(
    _ samples: inout [Sample], words: [String], classNames: [String]?
  ) throws(CommaSeparated.Problem) -> [String] {
    let numbers = words.map { Int32($0) ?? -1 }
    let areNumbers = numbers.allSatisfy { $0 >= 0 }
    var names = classNames ?? []
    if classNames == nil {
      names =
        areNumbers
        ? (0...(numbers.max() ?? 0)).map { "\($0)" }
        : Set(words).sorted(by: FilePath.precedes)
    }
    let labels = Dictionary(names.enumerated().map { ($1, Int32($0)) }, uniquingKeysWith: min)
    for (position, word) in words.enumerated() {
      let number = areNumbers ? numbers[position] : -1
      guard let label = labels[word] ?? (number >= 0 ? number : nil), label < names.count else {
        throw .init(line: 1, text: "label '\(word)' is none of the \(names.count) classes")
      }
      samples[position].target = .classIndex(label)
    }
    return names
  }

  /// The path below the root; a manifest cannot name files elsewhere.
  private static func relative(
    _ path: String, root: String, line: Int
  ) throws(CommaSeparated.Problem) -> String {
    var path = path
    if path.hasPrefix(root + "/") { path.removeFirst(root.utf8.count + 1) }
    guard !path.isEmpty else { throw .init(line: line, text: "the path is empty") }
    guard path.utf8.first != 0x2F, !path.split(separator: "/").contains("..") else {
      throw .init(
        line: line,
        text:
          "'\(path)' lies outside '\(root)'; give the folder that holds all images as data.imageRoot"
      )
    }
    return path
  }
}

/// Which column is what.
private struct ManifestColumns {
  var path: Int
  var kind: LabelKind
  /// The columns of the label: one, or one per rating or attribute.
  var values: [Int]
  /// Names of the attributes.
  var names: [String] = []

  init(
    _ header: TableHeader, request: ManifestRequest, line: Int
  ) throws(CommaSeparated.Problem) {
    guard let path = header.column(anyOf: ManifestColumn.path) else {
      throw .init(line: line, text: "expected a column 'path', found \(header.list)")
    }
    self.path = path
    if request.targets.isEmpty {
      (kind, values) = try Self.found(header, request: request, line: line)
    } else {
      (kind, values) = try Self.named(request.targets, header, line: line)
      if kind == .attributes { names = request.targets.map(\.trimmed) }
    }
  }

  /// The labels that a header has, by the names that are in use.
  private static func found(
    _ header: TableHeader, request: ManifestRequest, line: Int
  ) throws(CommaSeparated.Problem) -> (LabelKind, [Int]) {
    let ratings = header.ratings
    var found: [(LabelKind, [Int])] = []
    if let score = header.column(anyOf: ManifestColumn.score) { found.append((.score, [score])) }
    if let label = header.column(anyOf: ManifestColumn.classes) {
      found.append((.classes, [label]))
    }
    if ratings.count > 1 { found.append((.ratings, ratings)) }
    let wanted = request.kind
    let possible = found.filter { wanted == nil || $0.0 == wanted }
    if let choice = possible.first(where: { $0.0 == request.preferredKind }) ?? possible.first {
      return choice
    }
    let names = [LabelKind.score: "'mos'", .classes: "'label'", .ratings: "'c1' to 'cK'"]
    let expected = wanted.flatMap { names[$0] } ?? "'mos', 'label' or 'c1' to 'cK'"
    throw .init(line: line, text: "expected a column \(expected), found \(header.list)")
  }

  /// The columns that `data.targets` names: `label` or `class` holds classes, c1 … cK are ratings,
  /// any other column is a score and several are attributes.
  private static func named(
    _ targets: [String], _ header: TableHeader, line: Int
  ) throws(CommaSeparated.Problem) -> (LabelKind, [Int]) {
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

  /// The target of a row, nil for classes, which are known only after all rows.
  func target(_ fields: [String], line: Int) throws(CommaSeparated.Problem) -> Label? {
    if kind == .classes { return nil }
    var numbers: [Float] = []
    for column in values {
      guard let number = Float(fields[column].trimmed), number.isFinite else {
        throw .init(line: line, text: "expected a finite number, found '\(fields[column])'")
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
}
