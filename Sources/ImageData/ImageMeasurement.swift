// Sizes of many files. Files are dealt out to the ranks and to the threads of each; the answer is
// the same on every rank at any number of them.

import Foundation
import ImageCodecs
import MPI
import Synchronization

/// Height and width of files, from their headers.
struct ImageMeasurement {
  /// Height and width of each file in turn; 0 and 0 for unusable ones.
  private(set) var sizes: [Int32] = []
  /// Why files are unusable, in the order of the files.
  private(set) var reasons: [String] = []

  /// Looks at the files 0 ..< `count`.
  /// - Collective: every rank of `world` calls this for the same files; nil is one process alone.
  /// - Parameters:
  ///   - decodes: whether all pixels are decoded, which finds images that are cut short.
  ///   - workers: threads of this rank.
  ///   - path: where a file is.
  init(
    count: Int, decodes: Bool = false, workers: Int = 1, options: DecodeOptions = DecodeOptions(),
    world: Communicator?, path: @Sendable (Int) -> String
  ) throws {
    let (rank, ranks) = (world?.rank ?? 0, world?.size ?? 1)
    let own = Self.findings((count - rank + ranks - 1) / ranks, workers: workers) { place in
      Finding(path(rank + place * ranks), decodes: decodes, options: options)
    }
    var ownSizes: [Int32] = []
    ownSizes.reserveCapacity(2 * own.count)
    for finding in own {
      ownSizes.append(finding.height)
      ownSizes.append(finding.width)
    }
    let allSizes = try world?.allGather(ownSizes) ?? [ownSizes]
    let allReasons = try world.gather(own.compactMap(\.reason))
    var nextReason = [Int](repeating: 0, count: ranks)
    sizes.reserveCapacity(2 * count)
    for file in 0..<count {
      let (owner, place) = (file % ranks, file / ranks)
      sizes.append(allSizes[owner][2 * place])
      sizes.append(allSizes[owner][2 * place + 1])
      guard allSizes[owner][2 * place] == 0 else { continue }
      reasons.append(allReasons[owner][nextReason[owner]])
      nextReason[owner] += 1
    }
  }

  private struct Finding: Sendable {
    var height: Int32 = 0
    var width: Int32 = 0
    var reason: String?

    init() {}

    init(_ path: String, decodes: Bool, options: DecodeOptions) {
      do throws(ImageError) {
        let header = try ImageDecoder.header(ofFile: path, options: options)
        if decodes { _ = try ImageDecoder.decode(file: path, options: options) }
        (height, width) = (Int32(header.height), Int32(header.width))
      } catch {
        reason = error.reason.description.replacing("\n", with: " ")
      }
    }
  }

  /// What `look` finds at 0 ..< `count`, in this order.
  private static func findings(
    _ count: Int, workers: Int, _ look: @Sendable (Int) -> Finding
  ) -> [Finding] {
    let findings = Mutex([Finding](repeating: Finding(), count: count))
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: max(1, min(workers, count))) { _ in
      while true {
        let place = next.add(1, ordering: .relaxed).oldValue
        guard place < count else { return }
        let finding = look(place)
        findings.withLock { $0[place] = finding }
      }
    }
    return findings.withLock { $0 }
  }
}
