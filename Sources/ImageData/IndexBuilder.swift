// Folder, manifest or index file → the same index on every rank. Rank 0 lists names, all ranks
// measure their part of the files by reading headers, and the sizes are gathered.

import Files
import Foundation
import ImageCodecs
import Labels
import MPI
import Tensors

/// An index with what its user should be told.
public struct OpenedIndex: Sendable {
  /// The samples.
  public var index: SampleIndex
  /// Things that are probably not meant, in words.
  public var warnings: [String]
  /// How rows of a manifest were chosen, in words; empty for an index that was measured before.
  public var notes: [String] = []
  /// Whether the files were measured now; false if a file had the sizes.
  public var wasBuilt: Bool
}

/// Makes indices.
public struct IndexBuilder: Sendable {
  /// The kind of label to read if a manifest has several.
  public var kind: LabelKind?
  /// The kind of label to read if a manifest has it among several; any other if not.
  public var preferredKind: LabelKind?
  /// The columns of a manifest to learn, see `DataConfiguration.targets`.
  public var targets: [String] = []
  /// The rows of a manifest to use; nil for all.
  public var split: DataSplit?
  /// How the rows of a manifest are divided.
  public var splitRules = SplitConfiguration()
  /// The folder that a manifest's paths are relative to; nil for the folder of the manifest.
  public var imageRoot: String?
  /// The classes of the training set, whose labels another set must use; nil to find them.
  public var classNames: [String]?
  /// What images are refused for; sizes over the limits are excluded.
  public var options: DecodeOptions

  public init(
    kind: LabelKind? = nil, split: DataSplit? = nil, imageRoot: String? = nil,
    classNames: [String]? = nil, options: DecodeOptions = DecodeOptions()
  ) {
    self.kind = kind
    self.split = split
    self.imageRoot = imageRoot
    self.classNames = classNames
    self.options = options
  }

  /// The index of a source, the same on every rank at every number of ranks.
  ///
  /// - Collective: every rank of `world` calls this with the same arguments; nil is one process
  ///   alone.
  /// - Parameters:
  ///   - source: a folder of class folders, a manifest (`.csv`, `.tsv`) or an index file.
  ///   - cacheDirectory: where the measured index is kept and looked for, so that a resumed run has
  ///     the same sample ids whatever became of the files; nil to measure always.
  /// - Throws: `DataError`, the same on every rank; `MPIError`.
  public func open(
    _ source: String, cacheDirectory: String? = nil, world: Communicator?
  ) throws -> OpenedIndex {
    let cache = cacheDirectory.map {
      FilePath.join($0, "index-\(sourceKey(source)).txt")
    }
    var (listing, needsMeasuring) = try list(source, cache: cache, world: world)
    guard needsMeasuring else {
      return OpenedIndex(
        index: listing.index, warnings: listing.warnings, notes: listing.notes, wasBuilt: false)
    }
    try measure(&listing.index, world: world)
    guard listing.index.count > 0 else {
      throw DataError.noImages(
        root: listing.index.root,
        example: listing.index.excluded.first.map { "\($0.path): \($0.reason)" })
    }
    if !listing.index.excluded.isEmpty {
      let excluded = listing.index.excluded
      listing.warnings.append(
        "\(excluded.count) of \(excluded.count + listing.index.count) files are unusable and left "
          + "out, the first is '\(excluded[0].path)': \(excluded[0].reason)")
    }
    if let cache { try write(listing.index, to: cache, world: world) }
    return OpenedIndex(
      index: listing.index, warnings: listing.warnings, notes: listing.notes, wasBuilt: true)
  }

  /// What the samples of a source are labeled with, without a look at its images: kind, and names
  /// of classes or attributes.
  /// - Collective: as `open`. Throws: `DataError`, the same on every rank; `MPIError`.
  public func labels(
    of source: String, world: Communicator?
  ) throws -> (kind: LabelKind, classNames: [String]) {
    let index = try list(source, cache: nil, world: world).listing.index
    return (index.kind, index.classNames)
  }

  /// What rank 0 finds, on every rank.
  private func list(
    _ source: String, cache: String?, world: Communicator?
  ) throws -> (listing: Listing, needsMeasuring: Bool) {
    // The index travels as the bytes of its file, what is said about it beside it.
    var index: [UInt8] = []
    let remarks = try world.onRoot { () throws(DataError) in
      let (listing, needsMeasuring) = try find(source, cache: cache)
      index = listing.index.bytes
      return Remarks(
        warnings: listing.warnings, notes: listing.notes, needsMeasuring: needsMeasuring)
    }
    if let world { index = try world.broadcast(bytes: index, from: 0) }
    let listing = Listing(
      index: try SampleIndex.parse(index, file: source), warnings: remarks.warnings,
      notes: remarks.notes)
    return (listing, remarks.needsMeasuring)
  }

  /// What rank 0 tells the others besides the index.
  private struct Remarks: Codable {
    var warnings: [String]
    var notes: [String]
    var needsMeasuring: Bool
  }

  /// Rank 0's part: a finished index, or a listing to be measured.
  private func find(
    _ source: String, cache: String?
  ) throws(DataError) -> (listing: Listing, needsMeasuring: Bool) {
    if let cache, FileSystem.exists(cache) {
      return (Listing(index: try SampleIndex(file: cache)), false)
    }
    guard !source.isEmpty else { throw .notGiven }
    let kind: FileStatus.Kind
    do throws(FileError) { kind = try FileStatus(source).kind } catch {
      throw .unreadable(path: source, reason: error.reason)
    }
    let path = FilePath.absolute(source)
    if kind == .directory {
      return (try FolderListing.listing(root: path, classNames: classNames), true)
    }
    if Self.isManifest(source) {
      let root = imageRoot.map(FilePath.absolute) ?? FilePath.directory(of: path)
      let listing = try ManifestListing.listing(
        manifest: source,
        ManifestRequest(
          root: root, kind: self.kind, preferredKind: preferredKind, targets: targets, split: split,
          rules: splitRules, classNames: classNames))
      return (listing, true)
    }
    return (Listing(index: try SampleIndex(file: source)), false)
  }

  /// Replaces the placeholder sizes by those of the files; unreadable files become `excluded`.
  private func measure(_ index: inout SampleIndex, world: Communicator?) throws {
    let listed = index
    let measured = try ImageMeasurement(count: index.count, options: options, world: world) {
      listed.path(of: $0)
    }
    var reasons = measured.reasons.makeIterator()
    var usable: [Sample] = []
    usable.reserveCapacity(index.count)
    for (id, sample) in listed.samples.enumerated() {
      var sample = sample
      let size = measured.sizes[id]
      (sample.height, sample.width) = (size.height, size.width)
      sample.byteCount = size.byteCount
      if sample.height > 0 {
        usable.append(sample)
      } else if let reason = reasons.next() {
        index.excluded.append(.init(path: sample.path, reason: reason))
      }
    }
    index.samples = usable
  }

  /// Rank 0 writes the cache, making its folder; all ranks learn whether it succeeded.
  private func write(_ index: SampleIndex, to path: String, world: Communicator?) throws {
    try world.onRoot { () throws(DataError) in
      do throws(FileError) {
        try FileSystem.makeDirectory(FilePath.directory(of: path))
        try FileSystem.replace(path, with: index.bytes)
      } catch { throw .unwritable(path: path, reason: error.reason) }
    }
  }

  /// Tells indices of different sources apart.
  private func sourceKey(_ source: String) -> String {
    var hash = ByteHash()
    let parts = [
      FilePath.absolute(source), split?.rawValue ?? "", kind?.setWord ?? "", imageRoot ?? "",
    ]
    for part in parts { hash.combine(Array(part.utf8) + [0]) }
    // Sources without these have the name that they always had.
    if let preferredKind { hash.combine(Array(preferredKind.setWord.utf8) + [1]) }
    for target in targets { hash.combine(Array(target.utf8) + [2]) }
    if split != nil, splitRules != SplitConfiguration() {
      let rules = splitRules
      hash.combine(
        Array(
          "\(rules.column)\n\(rules.train)\n\(rules.validation)\n\(rules.ratio)\n\(rules.seed)".utf8
        ))
    }
    return hash.text
  }

  /// Whether a source is read as a manifest.
  public static func isManifest(_ source: String) -> Bool {
    source.lowercased().hasSuffix(".csv") || source.lowercased().hasSuffix(".tsv")
  }
}
