// Manifest (CSV with a header) → unmeasured samples.

import Files
import Labels
import Tables

enum ManifestListing {
  typealias Problem = CommaSeparated.Problem

  /// The rows of a manifest, in order. Columns are found by name: `path`, and those of
  /// `builder.targets`, or else `mos`, `label` or `c1` … `cK` (in this order of preference); others
  /// are ignored.
  /// - Parameter root: the folder that paths are relative to.
  static func listing(
    manifest: String, root: String, for builder: IndexBuilder
  ) throws(DataError) -> Listing {
    let bytes: [UInt8]
    do { bytes = try FileSystem.read(manifest, limit: 4 << 30) } catch {
      throw .unreadable(path: manifest, reason: error.reason)
    }
    do throws(Problem) {
      return try listing(CommaSeparated(bytes), root: root, for: builder)
    } catch {
      throw .manifest(path: manifest, line: error.line, problem: error.text)
    }
  }

  private static func listing(
    _ table: CommaSeparated, root: String, for builder: IndexBuilder
  ) throws(Problem) -> Listing {
    var table = table
    let (line, header) = try table.header(
      of: "manifest", expected: "a header such as path,mos", columns: builder.columns)
    let columns = try ManifestColumns(header, for: builder, line: line)
    let rules = ManifestPaths(root: root)
    var chosen: SplitRows?
    if let split = builder.split {
      chosen = try SplitRows(
        split, of: table, header: header, line: line, path: columns.path, paths: rules,
        rules: builder.splitRules, isOptional: builder.splitIsOptional)
    }
    var rows: [ManifestRow] = []
    var number = 0
    while let row = try table.next(below: header) {
      number += 1
      if let chosen, !chosen.isChosen[number - 1] { continue }
      rows.append(
        ManifestRow(
          line: row.line, path: try rules.path(row.fields[columns.path].trimmed, line: row.line),
          text: columns.text(row.fields),
          target: columns.kind == .classes ? nil : try columns.target(row.fields, line: row.line)))
    }
    if rows.isEmpty { throw .init(line: line, text: "no rows below the header") }
    var listing = Listing(
      index: SampleIndex(root: root, kind: columns.kind, classNames: columns.names, samples: []))
    if columns.kind == .classes { try label(&rows, of: &listing, for: builder) }
    try add(rows, to: &listing, missing: builder.missingLabels)
    if let repeats = repeats(listing.index.samples) { listing.warnings.append(repeats) }
    if table.separator != 0x2C {
      listing.warnings.append(
        "fields are separated by \(table.separator == 0x09 ? "tabs" : "semicolons")")
    }
    listing.notes = chosen?.note.map { [$0] } ?? []
    return listing
  }

  /// Rows of classes get their labels.
  private static func label(
    _ rows: inout [ManifestRow], of listing: inout Listing, for builder: IndexBuilder
  ) throws(Problem) {
    let labels = try ClassLabels(
      rows.map { .init(line: $0.line, text: $0.text) }, reading: builder.classReading)
    for place in rows.indices { rows[place].target = labels.labels[place].map { .classIndex($0) } }
    listing.index.classNames = labels.names
    listing.warnings += labels.warnings
  }

  /// Rows become samples; those without a label are refused or left out.
  private static func add(
    _ rows: [ManifestRow], to listing: inout Listing, missing: MissingLabels
  ) throws(Problem) {
    let isOfClasses = listing.index.kind == .classes
    let noun = isOfClasses ? "label" : "score"
    let without = rows.filter { $0.target == nil }
    if let first = without.first, missing == .refuse || without.count == rows.count {
      let places = without.prefix(5).map { "line \($0.line) ('\($0.text)')" }
      throw .init(
        line: first.line,
        text: "\(without.count) of \(rows.count) rows have no \(noun): "
          + places.joined(separator: ", ") + (without.count > 5 ? ", …" : "")
          + "; correct them"
          + (without.count == rows.count
            ? "" : ", or set data.missingLabels: leaveOut to do without them"))
    }
    for row in rows {
      if let target = row.target {
        listing.index.samples.append(Sample(path: row.path, target: target, height: 1, width: 1))
      } else {
        listing.index.excluded.append(
          .init(path: row.path, reason: "line \(row.line) has no \(noun): '\(row.text)'"))
      }
    }
    if let first = without.first {
      listing.warnings.append(
        "\(without.count) of \(rows.count) rows have no \(noun) and are left out, the first is line "
          + "\(first.line), '\(first.path)'")
    }
  }

  /// Tells of images in several rows: they count as often, and may contradict each other.
  private static func repeats(_ samples: [Sample]) -> String? {
    var first: [FileName: Int] = [:]
    first.reserveCapacity(samples.count)
    var repeated: [Int] = []
    var contradicting = 0
    for (place, sample) in samples.enumerated() {
      guard let earlier = first.updateValue(place, forKey: FileName(sample.path)) else { continue }
      repeated.append(place)
      if samples[earlier].target != sample.target { contradicting += 1 }
    }
    guard let example = repeated.first else { return nil }
    let path = samples[example].path
    let counts = "\(repeated.count) of \(samples.count) rows name an image again"
    return
      "\(counts), \(contradicting) of them with another label, the first is '\(path)'; each row counts as one image"
  }
}

/// A row that was chosen.
private struct ManifestRow {
  var line: Int
  var path: String
  /// The label as it is written.
  var text: String
  /// The label; nil where there is none.
  var target: Label?
}

/// Paths of a manifest: below one folder, however they are written.
struct ManifestPaths {
  let root: String
  /// The same folder without links, where it is another one.
  private let canonical: String?

  init(root: String) {
    self.root = root
    canonical = FileSystem.canonical(root).flatMap { $0 == root ? nil : $0 }
  }

  /// The path below the root, as `FilePath.normalized` gives it; a manifest cannot name files
  /// elsewhere.
  func path(_ text: String, line: Int) throws(CommaSeparated.Problem) -> String {
    guard !text.isEmpty else { throw .init(line: line, text: "the path is empty") }
    let path = below(text)
    guard path.utf8.first != 0x2F, path != ".", !FilePath.leavesRoot(path) else {
      throw .init(
        line: line,
        text:
          "'\(text)' lies outside '\(root)'; give the folder that holds all images as data.imageRoot"
      )
    }
    return path
  }

  /// An absolute path below the root as a relative one; others normalized.
  func below(_ text: String) -> String {
    guard text.utf8.first == 0x2F else { return FilePath.normalized(text) }
    return FilePath.relative(text, to: root)
      ?? canonical.flatMap { FilePath.relative(text, to: $0) } ?? FilePath.normalized(text)
  }
}
