// From configuration and launch to the objects that need both.

import DataParallel
import Foundation
import ImageData
import MPI
import MUSIQ
import Tensors

extension ParallelConfiguration {
  /// The reducer of the configured kind.
  func makeReducer(world: Communicator, partition: FlatPartition) -> any GradientReducer {
    switch reduction {
    case .exact:
      return ExactReducer(world: world, partition: partition, shardCount: gradientShards)
    case .allreduce:
      return AllReduceReducer(
        world: world, count: partition.count,
        bucketSize: bucketMegabytes * (1 << 20) / MemoryLayout<Float>.stride)
    }
  }

  /// Worker threads of this rank: as configured, or the processors it may use, shared with the other
  /// ranks of its node unless the launcher has bound each to its own; never more than it has shards.
  func workerCount(world: Communicator) -> Int {
    let shards = ShardAssignment(shardCount: gradientShards, worldSize: world.size)
      .shards(ofRank: world.rank).count
    if workers > 0 { return workers }
    let available = availableProcessors()
    let isShared = available == ProcessInfo.processInfo.processorCount
    let share = isShared ? available / max(1, ranksOnNode(world: world)) : available
    return max(1, min(share, max(1, shards)))
  }

  /// From the launcher's environment; without one, all ranks are taken to be on this node.
  private func ranksOnNode(world: Communicator) -> Int {
    let environment = ProcessInfo.processInfo.environment
    for name in ["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS", "SLURM_NTASKS_PER_NODE"] {
      if let value = environment[name].flatMap({ Int($0) }), value > 0 { return value }
    }
    return world.size
  }
}

extension CostModel {
  /// The cost of this model's tokens.
  init(_ cost: ModelCost) {
    self.init(perToken: cost.perPatch + cost.perToken, perPair: cost.perPair)
  }
}
