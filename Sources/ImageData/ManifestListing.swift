// Manifest (CSV with a header) → unmeasured samples.

/// The part of a data set, from the column `split` of a manifest.
public enum DataSplit: String, Codable, CaseIterable, Sendable {
  case train
  case validation
  case test

  /// The words manifests use.
  init?(word: String) {
    switch word.lowercased() {
    case "train", "training", "0": self = .train
    case "val", "valid", "validation", "1": self = .validation
    case "test", "testing", "2": self = .test
    default: return nil
    }
  }
}

enum ManifestListing {
  /// The rows of a manifest, in order. Columns are found by name: `path`, and `mos`, `label` or `c1` …
  /// `cK` (in this order of preference); `split` selects rows; others are ignored.
  /// - Parameters:
  ///   - root: the folder that paths are relative to.
  ///   - kind: the kind of label to read if the manifest has several.
  ///   - split: the rows to use if there is a column `split`; nil for all.
  ///   - classNames: the classes of another set, whose labels are to be used.
  static func listing(
    manifest: String, root: String, kind: SampleIndex.Kind?, split: DataSplit?,
    classNames: [String]?
  ) throws(DataError) -> Listing {
    let bytes: [UInt8]
    do { bytes = try FileAccess.bytes(of: manifest, limit: 4 << 30) } catch {
      throw .unreadable(path: manifest, reason: error.reason)
    }
    do throws(CommaSeparated.Problem) {
      return try listing(
        CommaSeparated(bytes), root: root, kind: kind, split: split, classNames: classNames)
    } catch {
      throw .manifest(path: manifest, line: error.line, problem: error.text)
    }
  }

  private static func listing(
    _ table: CommaSeparated, root: String, kind: SampleIndex.Kind?, split: DataSplit?,
    classNames: [String]?
  ) throws(CommaSeparated.Problem) -> Listing {
    var table = table
    guard let header = try table.next() else {
      throw .init(line: 1, text: "the manifest is empty; expected a header such as path,mos")
    }
    let columns = try ManifestColumns(header.fields, kind: kind, line: header.line)
    var samples: [Sample] = []
    var words: [String] = []
    var splits = 0
    while let row = try table.next() {
      guard row.fields.count == header.fields.count else {
        throw .init(
          line: row.line,
          text: "expected \(header.fields.count) fields as in the header, found \(row.fields.count)"
        )
      }
      if let column = columns.split, let split {
        guard let found = DataSplit(word: row.fields[column].trimmed) else {
          throw .init(
            line: row.line,
            text: "expected train, validation or test as split, found '\(row.fields[column])'")
        }
        splits += 1
        if found != split { continue }
      }
      let path = try relative(row.fields[columns.path].trimmed, root: root, line: row.line)
      let target = try columns.target(row.fields, line: row.line)
      samples.append(Sample(path: path, target: target ?? .classIndex(0), height: 1, width: 1))
      if target == nil { words.append(row.fields[columns.values[0]].trimmed) }
    }
    if samples.isEmpty {
      let reason =
        splits > 0
        ? "none of the \(splits) rows belongs to the split '\(split?.rawValue ?? "")'"
        : "no rows below the header"
      throw .init(line: header.line, text: reason)
    }
    var names: [String] = []
    if columns.kind == .classification {
      names = try label(&samples, words: words, classNames: classNames)
    }
    let warnings =
      table.separator == 0x2C
      ? [] : ["fields are separated by \(table.separator == 0x09 ? "tabs" : "semicolons")"]
    return Listing(
      index: SampleIndex(root: root, kind: columns.kind, classNames: names, samples: samples),
      warnings: warnings)
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
        : Set(words).sorted(by: FolderListing.precedes)
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
          "'\(path)' lies outside '\(root)'; give the folder that holds all pictures with --images")
    }
    return path
  }
}

/// Which column is what.
private struct ManifestColumns {
  var path: Int
  var kind: SampleIndex.Kind
  /// The columns of the label: one, or one per rating.
  var values: [Int]
  var split: Int?

  init(
    _ header: [String], kind wanted: SampleIndex.Kind?, line: Int
  ) throws(CommaSeparated.Problem) {
    let names = header.map { $0.trimmed.lowercased() }
    func column(_ choices: String...) -> Int? {
      for choice in choices {
        if let found = names.firstIndex(of: choice) { return found }
      }
      return nil
    }
    guard let path = column("path", "image_name", "image", "name", "filename", "file") else {
      throw .init(
        line: line,
        text: "expected a column 'path', found \(header.joined(separator: ", "))")
    }
    var ratings: [Int] = []
    while let next = column("c\(ratings.count + 1)") { ratings.append(next) }
    var found: [(SampleIndex.Kind, [Int])] = []
    if let score = column("mos", "score") { found.append((.quality, [score])) }
    if let label = column("label", "class") { found.append((.classification, [label])) }
    if ratings.count > 1 { found.append((.distribution, ratings)) }
    guard let choice = found.first(where: { wanted == nil || $0.0 == wanted }) else {
      let names = ["quality": "'mos'", "classification": "'label'", "distribution": "'c1' to 'cK'"]
      let expected = wanted.flatMap { names[$0.rawValue] } ?? "'mos', 'label' or 'c1' to 'cK'"
      throw .init(
        line: line,
        text: "expected a column \(expected), found \(header.joined(separator: ", "))")
    }
    self.path = path
    self.kind = choice.0
    self.values = choice.1
    self.split = column("split")
  }

  /// The target of a row, nil for classes, which are known only after all rows.
  func target(_ fields: [String], line: Int) throws(CommaSeparated.Problem) -> SampleTarget? {
    if kind == .classification { return nil }
    var numbers: [Float] = []
    for column in values {
      guard let number = Float(fields[column].trimmed), number.isFinite else {
        throw .init(line: line, text: "expected a finite number, found '\(fields[column])'")
      }
      numbers.append(number)
    }
    if kind == .quality { return .score(numbers[0]) }
    let sum = numbers.reduce(0, +)
    guard numbers.allSatisfy({ $0 >= 0 }), sum > 0 else {
      throw .init(line: line, text: "expected ratings of at least 0 with a positive sum")
    }
    return .distribution(numbers.map { $0 / sum })
  }
}

extension String {
  /// Without blanks at both ends.
  var trimmed: String {
    var text = Substring(self)
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
