// The default reduction: the same bits at any number of ranks and workers.

import Foundation
import Kernels
import MPI
import Tensors

/// Sums shard gradients along `ReductionTree`, whoever computed them.
///
/// Each worker adds its shards as a binary counter, the rank combines its workers' nodes, and what
/// remains (one node per rank if ranks and shards are powers of two, at most 2·log₂ S otherwise) is
/// sent, segment by segment, to the segments' owners, who finish the tree: a reduce-scatter whose shape
/// does not know the number of ranks. Cost per rank: nodes × 4 × count bytes sent and received.
public final class ExactReducer: GradientReducer, @unchecked Sendable {
  private let world: Communicator
  private let partition: FlatPartition
  private let tree: ReductionTree
  private let assignment: ShardAssignment
  private let pool: GradientPool
  private let received: AlignedBuffer<Float>

  /// One per worker, guarded by `lock` while the workers compute.
  private var accumulators: [TreeAccumulator<AlignedBuffer<Float>>] = []
  private let lock = NSLock()
  private var held: [AlignedBuffer<Float>] = []

  public var updateSegment: Range<Int> { partition.segments[world.rank] }

  public init(world: Communicator, partition: FlatPartition, shardCount: Int) {
    self.world = world
    self.partition = partition
    let tree = ReductionTree(leafCount: shardCount)
    let assignment = ShardAssignment(shardCount: shardCount, worldSize: world.size)
    self.tree = tree
    self.assignment = assignment
    pool = GradientPool(count: partition.count)
    let pieces = (0..<world.size).reduce(0) {
      $0 + tree.nodes(covering: assignment.shards(ofRank: $1)).count
    }
    // One rank alone exchanges nothing.
    received = AlignedBuffer(
      count: world.size > 1 ? pieces * partition.segments[world.rank].count : 0)
  }

  public func begin(workerShards: [Range<Int>]) {
    for buffer in held { pool.giveBack(buffer) }
    held = []
    accumulators = workerShards.map { _ in TreeAccumulator(tree: tree) }
  }

  public func add<Result>(
    shard: Int, worker: Int, _ compute: (ShardGradient) throws -> Result
  ) rethrows -> Result {
    let buffer = pool.take()
    let result = try compute(
      ShardGradient(values: buffer.pointer, completesSum: true, onFinal: nil))
    // Only the bookkeeping is shared; the additions run outside of the lock.
    var accumulator = lock.withLock { accumulators[worker] }
    accumulator.push(TreeNode(shards: shard..<shard + 1, value: buffer), combine: addAndFree)
    lock.withLock { accumulators[worker] = accumulator }
    return result
  }

  public func sum<Agreement>(
    _ join: () throws -> Agreement
  ) throws -> (gradient: GradientSum, agreement: Agreement) {
    let agreement = try join()
    var rankSum = TreeAccumulator<AlignedBuffer<Float>>(tree: tree)
    for accumulator in accumulators {
      for node in accumulator.nodes { rankSum.push(node, combine: addAndFree) }
    }
    held = rankSum.nodes.map(\.value)
    let values =
      world.size > 1
      ? try exchange(rankSum.nodes) : held[0].pointer + updateSegment.lowerBound
    return (GradientSum(values: values, segment: updateSegment), agreement)
  }

  public func share(_ parameters: UnsafeMutableBufferPointer<Float>) throws {
    try world.allGather(inPlace: parameters, segments: partition.segments)
  }

  /// Sends every node's segments to their owners and finishes the tree for the own segment.
  private func exchange(
    _ nodes: [TreeNode<AlignedBuffer<Float>>]
  ) throws -> UnsafeMutablePointer<Float> {
    let nodesOfRank = (0..<world.size).map {
      tree.nodes(covering: assignment.shards(ofRank: $0))
    }
    let width = updateSegment.count
    // The place of piece p of rank r in `received`, in ascending order of shards.
    var place: [[Int]] = []
    var next = 0
    for pieces in nodesOfRank {
      place.append(pieces.indices.map { next + $0 * width })
      next += pieces.count * width
    }
    let rounds = nodesOfRank.map(\.count).max() ?? 0
    for round in 0..<rounds {
      // Ranks with fewer nodes take part with empty ranges: the call is collective.
      let buffer = round < nodes.count ? nodes[round].value : nil
      try world.allToAll(
        send: UnsafePointer((buffer ?? received).pointer),
        sendRanges: partition.segments.map { buffer == nil ? 0..<0 : $0 },
        receive: received.pointer,
        receiveRanges: nodesOfRank.indices.map { rank in
          guard round < nodesOfRank[rank].count else { return 0..<0 }
          return place[rank][round]..<place[rank][round] + width
        })
    }
    var total = TreeAccumulator<UnsafeMutablePointer<Float>>(tree: tree)
    for (rank, pieces) in nodesOfRank.enumerated() {
      for (piece, shards) in pieces.enumerated() {
        let value = received.pointer + place[rank][piece]
        total.push(TreeNode(shards: shards, value: value)) { left, right in
          Kernels.add(right, to: left, count: width)
          return left
        }
      }
    }
    return total.nodes[0].value
  }

  private func addAndFree(
    _ left: AlignedBuffer<Float>, _ right: AlignedBuffer<Float>
  ) -> AlignedBuffer<Float> {
    Kernels.add(right.pointer, to: left.pointer, count: left.count)
    pool.giveBack(right)
    return left
  }
}
