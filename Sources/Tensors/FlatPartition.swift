// Who owns which part of the flat store, of the shards, of anything that is divided in contiguous
// runs.

/// The split of a flat store of `count` floats into one contiguous segment per rank.
///
/// Boundaries fall on multiples of `blockSize`, so that sums over blocks (the gradient norm) have
/// the same terms at any number of ranks. Segment lengths differ by at most one block; ranks beyond
/// the number of blocks own nothing.
public struct FlatPartition: Sendable, Equatable {
  /// Floats per block: 16 KiB. Small enough that a tiny test model already spreads over several
  /// ranks.
  public static let blockSize = 4096

  public let count: Int
  public let segments: [Range<Int>]

  public init(count: Int, parts: Int, blockSize: Int = FlatPartition.blockSize) {
    precondition(parts > 0, "expected at least one part, got \(parts)")
    let blocks = (count + blockSize - 1) / blockSize
    self.count = count
    self.segments = (0..<parts).map { part in
      let own = (0..<blocks).share(part, of: parts)
      return min(own.lowerBound * blockSize, count)..<min(own.upperBound * blockSize, count)
    }
  }
}

extension Range<Int> {
  /// Run `owner` of `owners` contiguous runs that cover the range; lengths differ by at most one.
  /// - Precondition: `owners` is positive, `owner` in `0 ..< owners`.
  public func share(_ owner: Int, of owners: Int) -> Range<Int> {
    precondition((0..<owners).contains(owner), "expected an owner below \(owners), got \(owner)")
    return lowerBound + count * owner / owners..<lowerBound + count * (owner + 1) / owners
  }
}
