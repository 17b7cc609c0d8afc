// Measured indices that are kept between runs. The name of a kept index is the digest of what was
// listed, so it is found by the same names, labels and options only, and two runs that share a folder
// never see each other's.

import Digests
import Files
import ImageCodecs
import MPI

/// A file for the measured form of one listing.
public struct IndexCache: Codable, Sendable {
  /// Where the measured index is kept.
  public let path: String

  /// - Parameters:
  ///   - listing: the bytes of the index before it is measured, which begin with the version of the
  ///     format and hold the root; everything in it counts.
  ///   - options: what images are refused for.
  init(directory: String, listing: [UInt8], options: DecodeOptions) {
    var hash = SHA256()
    listing.withUnsafeBytes { hash.update($0) }
    hash.update("\(options)")
    path = FilePath.join(directory, "index-\(hash.finish().prefix(32)).txt")
  }

  /// The kept index; nil where there is none that can be read, which is then made anew.
  func load() -> SampleIndex? { try? SampleIndex(file: path) }
}

extension OpenedIndex {
  /// Keeps what was measured for the next run. Called when everything that can be wrong with the data
  /// was checked: what is kept is not asked again.
  /// - Collective. Throws: `DataError.unwritable`, the same on every rank.
  public func keep(world: Communicator?) throws {
    guard wasBuilt, let cache else { return }
    try world.onRoot { () throws(DataError) in
      do throws(FileError) {
        try FileSystem.makeDirectory(FilePath.directory(of: cache.path))
        try FileSystem.replace(cache.path, with: index.bytes)
      } catch { throw .unwritable(path: cache.path, reason: error.reason) }
    }
  }
}
