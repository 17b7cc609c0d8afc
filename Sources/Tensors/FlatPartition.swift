// Who owns which part of the flat store.

/// The split of a flat store of `count` floats into one contiguous segment per rank.
///
/// Boundaries fall on multiples of `blockSize`, so that sums over blocks (the gradient norm) have the
/// same terms at any number of ranks. Segment lengths differ by at most one block; ranks beyond the
/// number of blocks own nothing.
public struct FlatPartition: Sendable, Equatable {
  /// Floats per block: 16 KiB. Small enough that a tiny test model already spreads over several ranks.
  public static let blockSize = 4096

  public let count: Int
  public let segments: [Range<Int>]

  public init(count: Int, parts: Int, blockSize: Int = FlatPartition.blockSize) {
    precondition(parts > 0, "expected at least one part, got \(parts)")
    let blocks = (count + blockSize - 1) / blockSize
    self.count = count
    self.segments = (0..<parts).map { part in
      let first = blocks * part / parts * blockSize
      let last = blocks * (part + 1) / parts * blockSize
      return min(first, count)..<min(last, count)
    }
  }
}
