// Label files as shipped → the canonical manifest: read, check the scale, find the images, write.

import Files
import Labels
import Tables

/// A manifest with what became of the rows.
public struct ImportedManifest: Sendable {
  /// `path`, `mos`, then `std`, `split`, `group` where the set has them, then what else it has.
  public var table: TextTable
  /// Images that are not there and were left out.
  public var missing: [String]
  /// Rows of each part; nil without a column `split`.
  public var splitCounts: [(split: DataSplit, count: Int)]?
}

/// The import of one data set.
public struct DatasetImport: Sendable {
  private let request: ImportRequest

  public init(_ request: ImportRequest) {
    self.request = request
  }

  /// Reads everything but pixels.
  /// - Parameter say: is told what was read and chosen, also before an error.
  /// - Throws: `TableError`, `ImportError`.
  public func run(_ say: (ImportNotice) -> Void) throws -> ImportedManifest {
    guard FileSystem.exists(request.root) else {
      throw TableError.unreadable(path: request.root, reason: "No such file or directory")
    }
    var read = try request.kind.reader.read(request)
    guard !read.rows.isEmpty else {
      throw TableError.damaged(path: read.file, reason: "there are no rows")
    }
    let unsplit = read.rows.filter { $0.split == nil }
    guard unsplit.isEmpty || unsplit.count == read.rows.count else {
      throw ImportError.partlySplit(
        path: read.file, count: unsplit.count, total: read.rows.count, first: unsplit[0].name)
    }
    say(.remark("\(read.file): \(read.rows.count) rows, mos is \(read.scoreName)"))
    try checkScale(read, say)
    for notice in read.notices { say(notice) }
    let missing = try locate(&read, say)
    return ImportedManifest(
      table: Self.table(read), missing: missing, splitCounts: Self.splitCounts(read.rows))
  }

  private func checkScale(_ read: ImportedRows, _ say: (ImportNotice) -> Void) throws(ImportError) {
    let scores = read.rows.map(\.value).filter { !$0.isNaN }
    guard let statistics = LabelStatistics(scores) else { return }
    for line in statistics.lines("mos") { say(.remark(line)) }
    if statistics.isConstant {
      let score = LabelStatistics.text(statistics.minimum)
      say(.warning("all scores are \(score): nothing to learn from"))
    }
    guard let range = request.range ?? read.range ?? request.kind.range else {
      return say(.uncheckedScale)
    }
    let mismatch = ScaleGuard(range: range).mismatch(
      count: statistics.count, lowest: statistics.minimum, highest: statistics.maximum)
    guard let mismatch else { return }
    throw .wrongScale(
      WrongScale(
        found: mismatch.found, scale: mismatch.scale, expected: range,
        kind: request.range == nil ? request.kind : nil, others: read.otherScores))
  }

  /// Makes names into paths below the root, and removes rows whose images are not there.
  private func locate(
    _ read: inout ImportedRows, _ say: (ImportNotice) -> Void
  ) throws -> [String] {
    let files = ImageFolders(root: request.root)
    let folders = try chosenFolders(read, files, say)
    var missing: [String] = []
    var found: [ImportedRow] = []
    found.reserveCapacity(read.rows.count)
    for row in read.rows {
      var row = row
      let path = folders.lazy.compactMap { files.find(ImageFolders.join($0, row.name)) }.first
      if let path {
        row.name = path
        found.append(row)
      } else {
        missing.append(row.name)
      }
    }
    guard missing.isEmpty || (request.skipsMissing && !found.isEmpty) else {
      throw ImportError.missingImages(
        folder: FilePath.join(request.root, folders[0]), missing: missing.count,
        total: read.rows.count, examples: Array(missing.prefix(5)))
    }
    if !missing.isEmpty {
      say(
        .warning(
          "\(missing.count) of \(read.rows.count) images are missing and left out: "
            + missing.prefix(5).joined(separator: ", ") + (missing.count > 5 ? ", …" : "")))
    }
    read.rows = found
    return missing
  }

  /// The folder that has most of the first images, told apart from others that also have some.
  private func chosenFolders(
    _ read: ImportedRows, _ files: ImageFolders, _ say: (ImportNotice) -> Void
  ) throws -> [String] {
    if let images = request.images {
      guard FileSystem.exists(FilePath.join(request.root, images)) else {
        throw TableError.unreadable(
          path: FilePath.join(request.root, images), reason: "No such file or directory")
      }
      return [images.hasSuffix("/") ? String(images.dropLast()) : images]
    }
    if read.usesAllFolders { return read.folders }
    let sample = read.rows.prefix(200)
    let hits = read.folders.map { folder in
      sample.count { files.find(ImageFolders.join(folder, $0.name)) != nil }
    }
    guard let most = hits.max(), most > 0, let best = hits.firstIndex(of: most) else {
      return [read.folders[0]]
    }
    let chosen = read.folders[best]
    let others = read.folders.indices.filter { $0 != best && hits[$0] > 0 }
      .map { read.folders[$0] }
    say(.images(folder: FilePath.join(request.root, chosen), others: others))
    return [chosen]
  }

  private static func splitCounts(_ rows: [ImportedRow]) -> [(split: DataSplit, count: Int)]? {
    guard rows.contains(where: { $0.split != nil }) else { return nil }
    return DataSplit.allCases.map { split in (split, rows.count { $0.split == split }) }
  }

  /// Columns that no row fills are left out.
  private static func table(_ read: ImportedRows) -> TextTable {
    let hasScore = read.rows.contains { !$0.score.isEmpty }
    let hasDeviation = read.rows.contains { !$0.deviation.isEmpty }
    let hasSplit = read.rows.contains { $0.split != nil }
    let hasGroup = read.rows.contains { !$0.group.isEmpty }
    var header = ["path"]
    if hasScore { header.append("mos") }
    if hasDeviation { header.append("std") }
    if hasSplit { header.append("split") }
    if hasGroup { header.append("group") }
    let rows = read.rows.map { row in
      var fields = [row.name]
      fields.reserveCapacity(5 + row.further.count)
      if hasScore { fields.append(row.score) }
      if hasDeviation { fields.append(row.deviation) }
      if hasSplit { fields.append(row.split?.rawValue ?? "") }
      if hasGroup { fields.append(row.group) }
      return fields + row.further
    }
    return TextTable(header: header + read.furtherColumns, rows: rows)
  }
}
