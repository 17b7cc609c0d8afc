// From configuration and launch to the objects that need both.

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

  /// Worker threads of this rank: as configured, or the processors it may use, shared with the other
  /// ranks of its node unless the launcher has bound each to its own; never more than it has shards.
  public func workerCount(world: Communicator) -> Int {
    let shards = ShardAssignment(shardCount: gradientShards, worldSize: world.size)
      .shards(ofRank: world.rank).count
    if workers > 0 { return workers }
    let share = availableProcessors() / NodeNeighbours(world: world).count
    return max(1, min(share, max(1, shards)))
  }

  /// The worker threads of this rank, each bound to a memory domain if the configuration says so.
  public func makeWorkers(_ count: Int, world: Communicator) -> WorkerPool {
    guard bindWorkers else { return WorkerPool(count: count) }
    let neighbours = NodeNeighbours(world: world)
    return WorkerPool(
      count: count,
      processors: ProcessorTopology.ofThisProcess().processors(
        workers: count, rank: neighbours.rank, of: neighbours.count))
  }
}

/// The ranks that share this rank's processors: those of its node, or itself alone if the launcher has
/// bound it to processors of its own.
private struct NodeNeighbours {
  let rank: Int
  let count: Int

  /// From the launcher's environment; without one, all ranks are taken to be on this node.
  init(world: Communicator) {
    guard availableProcessors() == ProcessInfo.processInfo.processorCount else {
      (rank, count) = (0, 1)
      return
    }
    let environment = ProcessInfo.processInfo.environment
    func number(_ names: [String], atLeast least: Int) -> Int? {
      for name in names {
        if let value = environment[name].flatMap({ Int($0) }), value >= least { return value }
      }
      return nil
    }
    let sizes = ["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "SLURM_NTASKS_PER_NODE"]
    let places = ["OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID"]
    count = number(sizes, atLeast: 1) ?? world.size
    rank = min(number(places, atLeast: 0) ?? world.rank, count - 1)
  }
}
