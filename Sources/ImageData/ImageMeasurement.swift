// Sizes of many images. Files are dealt out to the ranks and to the threads of each; the answer is
// the same on every rank at any number of them.

import Files
import Foundation
import ImageCodecs
import MPI
import Synchronization

/// Height, width and length of files, from their headers.
struct ImageMeasurement {
  /// What is known of a file without decoding it.
  struct Size: Equatable {
    /// Pixels; 0 for an unusable file.
    var height: Int32
    var width: Int32
    /// Bytes of the file.
    var byteCount: Int
  }

  /// The size of each file; 0 × 0 for unusable ones.
  private(set) var sizes: [Size] = []
  /// Why files are unusable, in the order of the files.
  private(set) var reasons: [String] = []

  /// How closely files are looked at.
  enum Look {
    /// Their lengths only; nothing is opened, and heights are 1 where there is a file.
    case length
    /// Their headers.
    case header
    /// All pixels, which finds images that are cut short.
    case pixels
  }

  /// Looks at the files 0 ..< `count`.
  /// - Collective: every rank of `world` calls this for the same files; nil is one process alone.
  /// - Parameters:
  ///   - look: how closely.
  ///   - workers: threads of this rank.
  ///   - path: where a file is.
  init(
    count: Int, look: Look = .header, workers: Int = 1, options: DecodeOptions = DecodeOptions(),
    world: Communicator?, path: @Sendable (Int) -> String
  ) throws {
    let (rank, ranks) = (world?.rank ?? 0, world?.size ?? 1)
    let own = concurrently((count - rank + ranks - 1) / ranks, workers: workers) { place in
      Finding(path(rank + place * ranks), look: look, options: options)
    }
    // The length travels as two halves.
    var ownSizes: [Int32] = []
    ownSizes.reserveCapacity(4 * own.count)
    for finding in own {
      ownSizes += [
        finding.height, finding.width, Int32(truncatingIfNeeded: finding.byteCount >> 32),
        Int32(truncatingIfNeeded: finding.byteCount),
      ]
    }
    let allSizes = try world?.allGather(ownSizes) ?? [ownSizes]
    let allReasons = try world.gather(own.compactMap(\.reason))
    var nextReason = [Int](repeating: 0, count: ranks)
    sizes.reserveCapacity(count)
    for file in 0..<count {
      let (owner, place) = (file % ranks, file / ranks)
      let size = Size(allSizes[owner][4 * place..<4 * place + 4])
      sizes.append(size)
      guard size.height == 0 else { continue }
      reasons.append(allReasons[owner][nextReason[owner]])
      nextReason[owner] += 1
    }
  }

  private struct Finding: Sendable {
    var height: Int32 = 0
    var width: Int32 = 0
    var byteCount = 0
    var reason: String?

    init(_ path: String, look: Look, options: DecodeOptions) {
      if look == .length {
        let status = try? FileStatus(path)
        (height, byteCount) = (status == nil ? 0 : 1, status?.size ?? 0)
        reason = status == nil ? "is gone" : nil
        return
      }
      do throws(ImageError) {
        let (header, byteCount) = try ImageDecoder.measure(file: path, options: options)
        if look == .pixels { _ = try ImageDecoder.decode(file: path, options: options) }
        (height, width) = (Int32(header.height), Int32(header.width))
        self.byteCount = byteCount
      } catch {
        reason =
          error.isForeign && !ImageFormat.isImageName(path)
          ? SampleIndex.Excluded.noImage
          : error.reason.description.replacing("\n", with: " ")
      }
    }
  }
}

/// What `look` finds at 0 ..< `count`, in this order, on several threads.
func concurrently<Finding: Sendable>(
  _ count: Int, workers: Int, _ look: @Sendable (Int) -> Finding
) -> [Finding] {
  let findings = Mutex([Finding?](repeating: nil, count: count))
  let next = Atomic(0)
  DispatchQueue.concurrentPerform(iterations: max(1, min(workers, count))) { _ in
    while true {
      let place = next.add(1, ordering: .relaxed).oldValue
      guard place < count else { return }
      let finding = look(place)
      findings.withLock { $0[place] = finding }
    }
  }
  return findings.withLock { $0.compactMap { $0 } }
}

extension ImageMeasurement.Size {
  /// - Parameter numbers: height, width and the two halves of the length, the higher first.
  fileprivate init(_ numbers: ArraySlice<Int32>) {
    let start = numbers.startIndex
    (height, width) = (numbers[start], numbers[start + 1])
    byteCount = Int(numbers[start + 2]) << 32 | Int(UInt32(bitPattern: numbers[start + 3]))
  }
}

extension ImageError {
  /// Whether the bytes are those of no image at all.
  fileprivate var isForeign: Bool {
    switch reason {
    case .empty, .unrecognized, .unsupported, .damaged, .truncated: true
    case .tooLarge, .unreadable, .unencodable: false
    }
  }
}
