// Which shards a rank and its workers compute: contiguous runs, so that their sums are whole nodes of
// the reduction tree.

import Tensors

/// The split of the shards over all ranks and their workers.
public struct ShardAssignment: Sendable, Equatable {
  public let shardCount: Int
  public let worldSize: Int

  public init(shardCount: Int, worldSize: Int) {
    self.shardCount = shardCount
    self.worldSize = worldSize
  }

  /// The shards of one rank; block sizes differ by at most one.
  public func shards(ofRank rank: Int) -> Range<Int> {
    (0..<shardCount).share(rank, of: worldSize)
  }

  /// The rank that computes a shard.
  public func rank(ofShard shard: Int) -> Int {
    (0..<worldSize).first { shards(ofRank: $0).contains(shard) } ?? worldSize - 1
  }

  /// The shards of each worker of a rank.
  public func shards(ofRank rank: Int, workers: Int) -> [Range<Int>] {
    let block = shards(ofRank: rank)
    return (0..<workers).map { block.share($0, of: workers) }
  }
}
