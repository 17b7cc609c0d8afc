// Folder, manifest or index file → the same index on every rank. Rank 0 lists names, all ranks
// measure their part of the files by reading headers, and the sizes are gathered.

import Files
import ImageCodecs
import Labels
import MPI
import Tables

/// An index with what its user should be told.
public struct OpenedIndex: Sendable {
  /// The samples.
  public var index: SampleIndex
  /// Things that are probably not meant, in words.
  public var warnings: [String]
  /// How rows of a manifest were chosen and what else is worth knowing, in words.
  public var notes: [String] = []
  /// Whether the files were measured now; false if a file had the sizes.
  public var wasBuilt: Bool
  /// Where it can be kept; nil for nowhere.
  var cache: IndexCache?
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
  /// Whether a manifest without a column of splits is used whole, although `split` is given.
  public var splitIsOptional = false
  /// Columns of a manifest under other names.
  public var columns = ColumnNames()
  /// How a column of classes is read.
  public var classReading = ClassReading.auto
  /// What becomes of rows without a label.
  public var missingLabels = MissingLabels.refuse
  /// How the rows of a manifest are divided.
  public var splitRules = SplitConfiguration()
  /// The folder that a manifest's paths are relative to; nil for the folder of the manifest.
  public var imageRoot: String?
  /// What images are refused for; sizes over the limits are excluded.
  public var options: DecodeOptions

  public init(
    kind: LabelKind? = nil, split: DataSplit? = nil, imageRoot: String? = nil,
    options: DecodeOptions = DecodeOptions()
  ) {
    self.kind = kind
    self.split = split
    self.imageRoot = imageRoot
    self.options = options
  }

  /// The index of a source, the same on every rank at every number of ranks.
  ///
  /// Names and labels are read always; sizes are those of the kept index of the same names and labels,
  /// if there is one and the files have the lengths that it says.
  /// - Collective: every rank of `world` calls this with the same arguments; nil is one process
  ///   alone.
  /// - Parameters:
  ///   - source: a folder of class folders, a manifest (`.csv`, `.tsv`) or an index file.
  ///   - cacheDirectory: where measured indices are looked for, and where `OpenedIndex.keep` puts
  ///     them; nil to measure always.
  /// - Throws: `DataError`, the same on every rank; `MPIError`.
  public func open(
    _ source: String, cacheDirectory: String? = nil, world: Communicator?
  ) throws -> OpenedIndex {
    let found = try list(source, cacheDirectory: cacheDirectory, world: world)
    var opened = OpenedIndex(
      index: found.listing.index, warnings: found.listing.warnings, notes: found.listing.notes,
      wasBuilt: false)
    guard found.needsMeasuring else { return opened }
    opened.cache = found.cache
    if let kept = found.kept, try isCurrent(kept, of: found.listing.index, world: world) {
      opened.index = kept
    } else {
      try measure(&opened.index, world: world)
      opened.wasBuilt = true
    }
    guard opened.index.count > 0 else {
      throw DataError.noImages(
        root: opened.index.root,
        example: opened.index.excluded.first.map { "\($0.path): \($0.reason)" })
    }
    opened.warnings += exclusions(in: opened.index, listed: found.listing.index)
    return opened
  }

  /// What the samples of a source are labeled with, without a look at its images: kind, and names
  /// of classes or attributes.
  /// - Collective: as `open`. Throws: `DataError`, the same on every rank; `MPIError`.
  public func labels(
    of source: String, world: Communicator?
  ) throws -> (kind: LabelKind, classNames: [String]) {
    let index = try list(source, cacheDirectory: nil, world: world).listing.index
    return (index.kind, index.classNames)
  }

  /// What rank 0 finds.
  private struct Found {
    var listing: Listing
    /// The listing as it was measured by an earlier run.
    var kept: SampleIndex?
    /// Where it is or will be.
    var cache: IndexCache?
    var needsMeasuring: Bool
  }

  /// What rank 0 tells the others besides the bytes of indices.
  private struct Remarks: Codable {
    var warnings: [String]
    var notes: [String]
    var needsMeasuring: Bool
    var cache: IndexCache?
    var isKept: Bool
  }

  /// What rank 0 finds, on every rank.
  private func list(
    _ source: String, cacheDirectory: String?, world: Communicator?
  ) throws -> Found {
    var (listed, kept): ([UInt8], [UInt8]) = ([], [])
    let remarks = try world.onRoot { () throws(DataError) in
      let (listing, needsMeasuring) = try find(source)
      listed = listing.index.bytes
      let cache = needsMeasuring ? cacheDirectory : nil
      let place = cache.map { IndexCache(directory: $0, listing: listed, options: options) }
      kept = place?.load()?.bytes ?? []
      return Remarks(
        warnings: listing.warnings, notes: listing.notes, needsMeasuring: needsMeasuring,
        cache: place, isKept: !kept.isEmpty)
    }
    if let world {
      listed = try world.broadcast(bytes: listed, from: 0)
      if remarks.isKept { kept = try world.broadcast(bytes: kept, from: 0) }
    }
    return Found(
      listing: Listing(
        index: try SampleIndex.parse(listed, file: source), warnings: remarks.warnings,
        notes: remarks.notes),
      kept: remarks.isKept ? try SampleIndex.parse(kept, file: source) : nil,
      cache: remarks.cache,
      needsMeasuring: remarks.needsMeasuring)
  }

  /// Rank 0's part: a finished index, or a listing to be measured.
  private func find(_ source: String) throws(DataError) -> (Listing, needsMeasuring: Bool) {
    guard !source.isEmpty else { throw .notGiven }
    let kind: SourceKind
    do throws(FileError) { kind = try SourceKind(source) } catch {
      throw .unreadable(path: source, reason: error.reason)
    }
    if kind == .folder || kind == .index, split != nil, !splitIsOptional {
      throw .indivisible(path: source)
    }
    let path = FilePath.absolute(source)
    switch kind {
    case .folder:
      return (try FolderListing.listing(root: path), true)
    case .manifest:
      let root = imageRoot.map(Self.folder) ?? FilePath.directory(of: path)
      return (try ManifestListing.listing(manifest: source, root: root, for: self), true)
    case .index:
      return (Listing(index: try SampleIndex(file: source)), false)
    case .archive, .workbook, .other, .text, .unknown:
      throw .source(path: source, found: kind)
    }
  }

  /// The absolute path of a folder, without "." and, where it exists, "..".
  private static func folder(_ path: String) -> String {
    let absolute = FilePath.normalized(FilePath.absolute(path))
    guard FilePath.leavesRoot(absolute) else { return absolute }
    return FileSystem.canonical(absolute) ?? absolute
  }

  /// Whether the files are those that a kept index was made of: none has another length now, and what
  /// could not be read then still cannot. A few files that are gone keep their place, so that a run that
  /// goes on has the same ids; they are unusable samples then.
  private func isCurrent(
    _ kept: SampleIndex, of listed: SampleIndex, world: Communicator?
  ) throws -> Bool {
    let lengths = try ImageMeasurement(
      count: kept.count, look: .length, options: options, world: world
    ) { kept.path(of: $0) }
    let isReplaced = zip(kept.samples, lengths.sizes).contains {
      $1.byteCount != 0 && $1.byteCount != $0.byteCount
    }
    let gone = lengths.sizes.count { $0.height == 0 }
    guard !isReplaced, gone * Self.samplesPerGoneFile <= kept.count else { return false }
    let unusable = kept.excluded.dropFirst(listed.excluded.count)
    let paths = unusable.map { FilePath.join(kept.root, $0.path) }
    let again = try ImageMeasurement(count: paths.count, options: options, world: world) {
      paths[$0]
    }
    return again.sizes.allSatisfy { $0.height == 0 }
  }

  /// As many as the default of `data.maxBadFraction` lets a run go on with.
  private static let samplesPerGoneFile = 1000

  /// What is said about files that are left out, by kind.
  private func exclusions(in index: SampleIndex, listed: SampleIndex) -> [String] {
    let total = index.count + index.excluded.count
    // Those of the listing have been told of.
    let files = index.excluded.dropFirst(listed.excluded.count)
    let foreign = files.filter(\.isNoImage)
    let unusable = files.filter { !$0.isNoImage }
    var warnings: [String] = []
    if let first = unusable.first {
      warnings.append(
        "\(unusable.count) of \(total) files are unusable and left out, the first is '\(first.path)': "
          + "\(first.reason)")
    }
    if let first = foreign.first {
      let endings = Dictionary(
        foreign.map { (ImageFormat.ending(of: $0.path), 1) }, uniquingKeysWith: +)
      let words = endings.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5)
        .map { "\($0.key.isEmpty ? "no ending" : ".\($0.key)") \($0.value)" }
      warnings.append(
        "\(foreign.count) of \(total) files are no images and left out (\(words.joined(separator: ", "))), "
          + "the first is '\(first.path)'")
    }
    return warnings
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

  /// Whether a source is read as a manifest.
  public static func isManifest(_ source: String) -> Bool {
    source.lowercased().hasSuffix(".csv") || source.lowercased().hasSuffix(".tsv")
  }
}
