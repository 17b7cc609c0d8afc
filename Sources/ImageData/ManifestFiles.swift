// All pictures of a manifest: are they there, can they be read, how large are they. Files are dealt out to
// the ranks and to the threads of each; the answer is the same on every rank at any number of them.

import Files
import Foundation
import ImageCodecs
import Labels
import MPI
import Multiscale
import Synchronization
import Tables

/// The pictures of a manifest as they were found.
public struct ManifestFiles: Equatable, Sendable {
  /// Height and width in order of the rows; 0 for unusable files.
  public var sizes: [[Int32]]
  /// The unusable files in order of the rows.
  public var bad: [SampleIndex.Excluded]

  /// Looks at every file.
  /// - Collective: every rank of `world` calls this with the same paths; nil is one process alone.
  /// - Parameters:
  ///   - decodes: whether all pixels are decoded, which finds pictures that are cut short.
  ///   - workers: threads of this rank.
  public init(
    paths: [String], root: String, decodes: Bool, workers: Int, world: Communicator?
  ) throws {
    let (rank, count) = (world?.rank ?? 0, world?.size ?? 1)
    let own = stride(from: rank, to: paths.count, by: count).map {
      FilePath.join(root, paths[$0])
    }
    let findings = Self.look(own, decodes: decodes, workers: workers)
    let measured = findings.flatMap { [$0.height, $0.width] }
    let allSizes = try world?.allGather(measured) ?? [measured]
    let allReasons = try world.gather(findings.compactMap(\.reason))
    var nextReason = [Int](repeating: 0, count: count)
    sizes = []
    bad = []
    sizes.reserveCapacity(paths.count)
    for (row, path) in paths.enumerated() {
      let (owner, place) = (row % count, row / count)
      sizes.append([allSizes[owner][2 * place], allSizes[owner][2 * place + 1]])
      guard allSizes[owner][2 * place] == 0 else { continue }
      bad.append(.init(path: path, reason: allReasons[owner][nextReason[owner]]))
      nextReason[owner] += 1
    }
  }

  private struct Finding: Sendable {
    var height: Int32 = 0
    var width: Int32 = 0
    var reason: String?
  }

  /// The findings of files in their order.
  private static func look(_ paths: [String], decodes: Bool, workers: Int) -> [Finding] {
    let findings = Mutex([Finding](repeating: Finding(), count: paths.count))
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: max(1, min(workers, paths.count))) { _ in
      while true {
        let place = next.add(1, ordering: .relaxed).oldValue
        guard place < paths.count else { return }
        let finding = look(paths[place], decodes: decodes)
        findings.withLock { $0[place] = finding }
      }
    }
    return findings.withLock { $0 }
  }

  private static func look(_ path: String, decodes: Bool) -> Finding {
    do throws(ImageError) {
      let header = try ImageDecoder.header(ofFile: path)
      if decodes { _ = try ImageDecoder.decode(file: path) }
      return Finding(height: Int32(header.height), width: Int32(header.width))
    } catch {
      let reason = error.reason.description.replacing("\n", with: " ")
      return Finding(reason: reason.isEmpty ? "unusable" : reason)
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

  /// Count, megapixels, aspect ratio and tokens of the usable pictures in words.
  public func report(_ configuration: MultiscaleConfiguration = .init()) -> [String] {
    let usable = sizes.filter { $0[0] > 0 }
    var lines = ["pictures: \(usable.count) of \(sizes.count) can be read"]
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
  /// - Collective; nil is one process alone.
  /// - Throws: `TableError`, the same on every rank; `MPIError`.
  public init(manifest path: String, world: Communicator?) throws {
    var bytes: [UInt8] = []
    try world.onRoot { () throws(TableError) in
      do throws(FileError) {
        bytes = try FileSystem.read(path, limit: Self.byteLimit)
      } catch { throw .unreadable(path: path, reason: error.reason) }
    }
    if let world { bytes = try world.broadcast(bytes: bytes, from: 0) }
    try self.init(text: bytes, path: path)
  }
}
