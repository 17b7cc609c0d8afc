// The one small all-reduce of a step: losses in a fixed order, and what all ranks must decide alike.

import DataParallel
import MPI

/// What a rank brings to the end of a step besides gradients.
struct StepRequests: Sendable {
  /// A stop was asked for by a signal.
  var stop = false
  /// Rank 0's clock says that a checkpoint is due.
  var save = false
}

/// What all ranks know after it.
struct StepAgreement: Sendable {
  /// Sums over all shards, in the order of the reduction tree.
  let total: ShardStatistics
  let requests: StepRequests

  /// Every rank fills the slots of its own shards and leaves zeros elsewhere, so the sum over ranks only
  /// moves numbers; the arithmetic that matters is the tree's.
  /// - Parameter statistics: one entry per shard of the run, zeros for other ranks' shards.
  /// - Collective. Cost: (5 S + 2) × 8 bytes.
  init(
    of statistics: [ShardStatistics], requests: StepRequests, tree: ReductionTree,
    world: Communicator
  ) throws {
    let fields: [WritableKeyPath<ShardStatistics, Double>] = [
      \.loss, \.weight, \.correct, \.tokens, \.skipped,
    ]
    var values = fields.flatMap { field in statistics.map { $0[keyPath: field] } }
    values += [requests.stop ? 1 : 0, requests.save ? 1 : 0]
    try world.allReduce(&values, .sum)
    let count = statistics.count
    var total = ShardStatistics()
    for (index, field) in fields.enumerated() {
      total[keyPath: field] = tree.sum(Array(values[index * count..<(index + 1) * count]))
    }
    self.total = total
    let flags = values[(fields.count * count)...]
    self.requests = StepRequests(stop: flags.first! > 0, save: flags.last! > 0)
  }
}
