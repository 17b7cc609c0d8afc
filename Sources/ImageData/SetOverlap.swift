// Images that two sets have in common: a score on images that were trained on is no measure.

import Digests
import Files
import MPI

/// What is done about images that are in the training and in the validation set, key `data.overlap`.
public enum OverlapRule: String, Codable, CaseIterable, Sendable {
  /// One file in both sets is refused, under whatever names.
  case files
  /// Files with the same bytes are refused, too.
  case contents
  /// One file in both sets is told and allowed.
  case allowed
}

/// The images of a held-out set that a training set has, too.
public struct SetOverlap: Equatable, Sendable {
  /// One image in both.
  public struct Pair: Codable, Equatable, Sendable {
    /// Ids in the index of training and in the held-out one.
    public var training: Int
    public var held: Int
  }

  /// In the order of the held-out set.
  public private(set) var pairs: [Pair] = []

  /// Compares two sets.
  ///
  /// Only images of equal size and length can be one file; of those the file system is asked, by rank 0
  /// alone, because the number of a device is not the same on every node. Files that are gone are
  /// found while training.
  /// - Parameter readsContents: whether equal bytes count as well; reads the images of equal size and
  ///   length, each rank its part.
  /// - Collective. Throws: `MPIError`.
  public init(
    training: SampleIndex, held: SampleIndex, readsContents: Bool = false, workers: Int = 1,
    world: Communicator?
  ) throws {
    let shapes = Set(held.samples.map(Shape.init))
    let ours = training.samples.indices.filter { shapes.contains(Shape(training[$0])) }
    let oursShapes = Set(ours.map { Shape(training[$0]) })
    let theirs = held.samples.indices.filter { oursShapes.contains(Shape(held[$0])) }
    guard !theirs.isEmpty else { return }
    let paths = ours.map { training.path(of: $0) } + theirs.map { held.path(of: $0) }
    let pairs = try world.onRoot { () throws(DataError) -> [Pair] in
      let files = concurrently(paths.count, workers: workers) {
        (try? FileStatus(paths[$0]))?.identity
      }
      return Self.pairs(files, ours: ours, theirs: theirs)
    }
    guard readsContents else {
      self.pairs = pairs
      return
    }
    let contents = try Self.contents(of: paths, workers: workers, world: world)
    self.pairs = Self.pairs(contents, ours: ours, theirs: theirs)
  }

  /// What one file has in common with itself, known from the index.
  private struct Shape: Hashable {
    let height, width: Int32
    let byteCount: Int

    init(_ sample: Sample) {
      (height, width, byteCount) = (sample.height, sample.width, sample.byteCount)
    }
  }

  /// - Parameter keys: of our images, then of theirs; nil for what cannot be read.
  private static func pairs<Key: Hashable>(
    _ keys: [Key?], ours: [Int], theirs: [Int]
  ) -> [Pair] {
    var known: [Key: Int] = [:]
    for (key, id) in zip(keys, ours) { if let key, known[key] == nil { known[key] = id } }
    return zip(keys[ours.count...], theirs).compactMap { key, id in
      key.flatMap { known[$0] }.map { Pair(training: $0, held: id) }
    }
  }

  /// SHA-256 of every file; nil for those that cannot be read.
  private static func contents(
    of paths: [String], workers: Int, world: Communicator?
  ) throws -> [[Int32]?] {
    let (rank, ranks) = (world?.rank ?? 0, world?.size ?? 1)
    let count = (paths.count - rank + ranks - 1) / ranks
    let own = concurrently(count, workers: workers) { digest(paths[rank + $0 * ranks]) }
    // Eight numbers for each file; all 0 stand for none.
    let flat = own.flatMap { $0 ?? [Int32](repeating: 0, count: 8) }
    let all = try world?.allGather(flat) ?? [flat]
    return paths.indices.map { file in
      let place = 8 * (file / ranks)
      let digest = Array(all[file % ranks][place..<place + 8])
      return digest.allSatisfy { $0 == 0 } ? nil : digest
    }
  }

  private static func digest(_ path: String) -> [Int32]? {
    guard let bytes = try? FileSystem.read(path) else { return nil }
    var hash = SHA256()
    bytes.withUnsafeBytes { hash.update($0) }
    return hash.finishBytes().withUnsafeBytes { Array($0.bindMemory(to: Int32.self)) }
  }
}

extension SetOverlap {
  /// Refuses images in both sets.
  /// - Returns: what is in both in words where that is allowed; nil for nothing.
  /// - Collective. Throws: `DataError.overlap`, the same on every rank; `MPIError`.
  public static func check(
    training: SampleIndex, held: SampleIndex, rule: OverlapRule, workers: Int = 1,
    world: Communicator?
  ) throws -> String? {
    let found = try SetOverlap(
      training: training, held: held, readsContents: rule == .contents, workers: workers,
      world: world)
    guard !found.pairs.isEmpty else { return nil }
    let examples = found.pairs.prefix(3).map { pair in
      let (path, other) = (held[pair.held].path, training[pair.training].path)
      return path == other ? "'\(path)'" : "'\(path)' is '\(other)'"
    }
    let error = DataError.overlap(
      root: held.root, count: found.pairs.count, total: held.count,
      examples: examples + (found.pairs.count > 3 ? ["…"] : []))
    guard rule == .allowed else { throw error }
    return error.description
  }
}
