// The one small all-reduce of a step: losses in a fixed order, and what all ranks must decide alike.

import DataParallel
import MPI

/// What a rank brings to the end of a step besides gradients.
package struct StepRequests: Sendable {
  /// A stop was asked for by a signal.
  package var stop = false
  /// Rank 0's clock says that a checkpoint is due.
  package var save = false

  package init(stop: Bool = false, save: Bool = false) {
    (self.stop, self.save) = (stop, save)
  }
}

/// What all ranks know after it.
struct StepAgreement: Sendable {
  /// Sums over all shards, in the order of the reduction tree.
  let total: ShardStatistics
  let requests: StepRequests
  /// Of this rank, up to here.
  let seconds: StepSeconds

  /// Every rank fills the slots of its own shards and leaves zeros elsewhere, so the sum over ranks only
  /// moves numbers; the arithmetic that matters is the tree's.
  /// - Throws: `WorkerFailure` on every rank when a worker of any rank has failed.
  /// - Collective. Cost: (6 S + 3) × 8 bytes.
  init(of own: RankShards, requests: StepRequests, world: Communicator) throws {
    let clock = Stopwatch()
    let fields: [WritableKeyPath<ShardStatistics, Double>] = [
      \.loss, \.weight, \.correct, \.tokens, \.skipped, \.salvaged,
    ]
    let count = own.statistics.count
    let flags = [requests.stop, requests.save, own.failure != nil]
    var values = fields.flatMap { field in own.statistics.map { $0[keyPath: field] } }
    values += flags.map { $0 ? 1 : 0 }
    try world.allReduce(&values, .sum)
    let raised = values.suffix(flags.count).map { $0 > 0 }
    if raised[2] { throw try WorkerFailure.agreed(from: own.failure, world: world) }

    let tree = ReductionTree(leafCount: count)
    var total = ShardStatistics()
    for (index, field) in fields.enumerated() {
      total[keyPath: field] = tree.sum(Array(values[index * count..<(index + 1) * count]))
    }
    self.total = total
    self.requests = StepRequests(stop: raised[0], save: raised[1])
    seconds = StepSeconds(joined: own.seconds, data: own.dataSeconds, wait: clock.seconds)
  }
}
