// All images of a manifest: are they there, can they be read, how large are they.

import Files
import Labels
import MPI
import Multiscale
import Tables

/// The images of a manifest as they were found.
public struct ManifestFiles: Equatable, Sendable {
  /// Height and width in order of the rows; 0 for unusable files.
  public var sizes: [[Int32]]
  /// The unusable files in order of the rows.
  public var bad: [SampleIndex.Excluded]

  /// Looks at every file.
  /// - Collective: every rank of `world` calls this with the same paths; nil is one process alone.
  /// - Parameters:
  ///   - decodes: whether all pixels are decoded, which finds images that are cut short.
  ///   - workers: threads of this rank.
  public init(
    paths: [String], root: String, decodes: Bool, workers: Int, world: Communicator?
  ) throws {
    let measured = try ImageMeasurement(
      count: paths.count, look: decodes ? .pixels : .header, workers: workers, world: world
    ) { FilePath.join(root, paths[$0]) }
    sizes = measured.sizes.map { [$0.height, $0.width] }
    bad = zip(paths.indices.filter { measured.sizes[$0].height == 0 }, measured.reasons)
      .map { .init(path: paths[$0], reason: $1) }
  }

  /// Files that several paths lead to, by links: the rows of each, in order. Paths that differ in their
  /// bytes only, as `./a` and `a`, are among them.
  /// - Collective: rank 0 asks the file system, because the number of a device is not the same on
  ///   every node. Throws: `MPIError`.
  public static func oneFileOfSeveralNames(
    paths: [String], root: String, workers: Int, world: Communicator?
  ) throws -> [[Int]] {
    try world.onRoot { () throws(TableError) -> [[Int]] in
      let files = concurrently(paths.count, workers: workers) {
        (try? FileStatus(FilePath.join(root, paths[$0])))?.identity
      }
      var rows: [FileStatus.Identity: [Int]] = [:]
      for (row, file) in files.enumerated() { if let file { rows[file, default: []].append(row) } }
      return rows.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    }
  }

  /// Writes the paths of the unusable files, one per line.
  /// - Throws: `TableError.unwritable`.
  public func writeList(to path: String) throws(TableError) {
    let text = bad.map { $0.path + "\n" }.joined()
    do { try FileSystem.replace(path, with: Array(text.utf8)) } catch {
      throw .unwritable(path: path, reason: error.reason)
    }
  }

  /// Count, megapixels, aspect ratio and tokens of the usable images in words.
  public func report(_ configuration: MultiscaleConfiguration = .init()) -> [String] {
    let usable = sizes.filter { $0[0] > 0 }
    var lines = ["images: \(usable.count) of \(sizes.count) can be read"]
    func line(_ name: String, _ value: (_ height: Int, _ width: Int) -> Double) {
      guard let statistics = LabelStatistics(usable.map { value(Int($0[0]), Int($0[1])) }) else {
        return
      }
      let text = LabelStatistics.text
      lines.append(
        "  \(name): min \(text(statistics.minimum))  median \(text(statistics.median))"
          + "  p99 \(text(statistics.highPercentile))  max \(text(statistics.maximum))")
    }
    line("megapixels") { Double($0 * $1) / 1e6 }
    line("aspect (width / height)") { Double($1) / Double($0) }
    var uncapped = configuration
    uncapped.nativePatchCap = -1
    line("tokens, all native patches") {
      Double(TokenGeometry.validTokens(height: $0, width: $1, configuration: uncapped))
    }
    line("tokens, native patches at most \(configuration.nativePatchCap)") {
      Double(TokenGeometry.validTokens(height: $0, width: $1, configuration: configuration))
    }
    return lines
  }
}

extension TextTable {
  /// The manifest at `path` on every rank, read by rank 0 alone.
  /// - Parameter columns: names under which some of its columns are read.
  /// - Collective; nil is one process alone.
  /// - Throws: `TableError`, the same on every rank; `MPIError`.
  public init(manifest path: String, columns: ColumnNames = ColumnNames(), world: Communicator?)
    throws
  {
    var bytes: [UInt8] = []
    try world.onRoot { () throws(TableError) in
      do throws(FileError) {
        bytes = try FileSystem.read(path, limit: Self.byteLimit)
      } catch { throw .unreadable(path: path, reason: error.reason) }
    }
    if let world { bytes = try world.broadcast(bytes: bytes, from: 0) }
    try self.init(text: bytes, path: path)
    try rename(by: columns)
  }
}
