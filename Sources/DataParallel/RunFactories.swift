// From configuration and launch to the objects that need both: reducer, worker count, workers.

import Foundation
import MPI
import Tensors

extension ParallelConfiguration {
  /// The reducer of the configured kind.
  public func makeReducer(
    world: Communicator, partition: FlatPartition
  ) throws -> any GradientReducer {
    switch reduction {
    case .exact:
      return ExactReducer(world: world, partition: partition, shardCount: gradientShards)
    case .allreduce:
      return try AllReduceReducer(
        world: world, count: partition.count,
        bucketSize: bucketMegabytes * (1 << 20) / MemoryLayout<Float>.stride,
        roundsToBFloat16: wire == .bf16)
    }
  }

  /// Worker threads of this rank: as configured, or the processors it may use, divided by the ranks that
  /// may use them, too; never more than it has shards.
  /// - Collective: with the same configuration on every rank.
  public func workerCount(world: Communicator) throws -> Int {
    if workers > 0 { return workers }
    let shards = ShardAssignment(shardCount: gradientShards, worldSize: world.size)
      .shards(ofRank: world.rank).count
    let share = try availableProcessors() / ProcessorNeighbors(world: world).count
    return max(1, min(share, max(1, shards)))
  }

  /// The worker threads of this rank, each bound to a memory domain if the configuration says so.
  /// - Collective: with the same configuration on every rank.
  public func makeWorkers(_ count: Int, world: Communicator) throws -> WorkerPool {
    guard bindWorkers else { return WorkerPool(count: count) }
    let neighbors = try ProcessorNeighbors(world: world)
    return WorkerPool(
      count: count,
      processors: ProcessorTopology.ofThisProcess().processors(
        workers: count, rank: neighbors.place, of: neighbors.count))
  }
}

/// Processors this process may run on: its affinity mask, not the machine.
public func availableProcessors() -> Int { ProcessInfo.processInfo.activeProcessorCount }

/// The ranks of this machine that may run on processors of this rank: all, unless the launcher has bound
/// them to different ones.
package struct ProcessorNeighbors: Equatable {
  /// This rank's place among them, in rank order.
  package let place: Int
  /// How many they are, this rank among them.
  package let count: Int

  /// - Collective.
  package init(world: Communicator) throws {
    let mask = ProcessorAffinity.mask()
    self.init(try world.allGatherOnNode(mask))
  }

  /// From the affinity masks of all ranks of this machine, and the place of this rank among those.
  package init(_ node: (place: Int, values: [[UInt8]])) {
    let own = node.values[node.place]
    // A rank whose kernel tells no mask may run anywhere.
    let meets = node.values.map { other in
      own.isEmpty || other.isEmpty || zip(own, other).contains { $0 & $1 != 0 }
    }
    count = meets.count { $0 }
    place = meets[..<node.place].count { $0 }
  }
}
