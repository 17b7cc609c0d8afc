// The one small all-reduce of a step: losses in a fixed order, and what all ranks must decide alike.

import DataParallel
import MPI

/// What a rank brings to the end of a step besides gradients.
package struct StepRequests: Sendable {
  /// A stop was asked for by a signal.
  package var stop = false
  /// Rank 0's clock says that a checkpoint is due.
  package var save = false
  /// Rank 0 has seen that another job has taken over the run directory.
  package var lost = false

  package init(stop: Bool = false, save: Bool = false, lost: Bool = false) {
    (self.stop, self.save, self.lost) = (stop, save, lost)
  }
}

/// What a rank knows of its memory and arithmetic at the end of a step.
struct StepIntegrity {
  /// Steps before this one.
  let stepsDone: Int
  /// What has changed since the last update, in words.
  let changedParts: [String]
  /// Of the shard that is computed twice; nil, on all ranks, when none is due.
  let audit: ShardAudit.Finding?
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
  /// - Parameter integrity: what this rank knows of its memory and arithmetic.
  /// - Throws: `WorkerFailure` on every rank when a worker of any rank has failed; `StateChanged`;
  ///   `ShardsDiffer`.
  /// - Collective. Cost: (6 S + 9) × 8 bytes.
  init(
    of own: RankShards, requests: StepRequests, integrity: StepIntegrity, world: Communicator
  ) throws {
    let clock = Stopwatch()
    let fields: [WritableKeyPath<ShardStatistics, Double>] = [
      \.loss, \.weight, \.correct, \.tokens, \.skipped, \.salvaged,
    ]
    let count = own.statistics.count
    let flags = [
      requests.stop, requests.save, requests.lost, own.failure != nil,
      !integrity.changedParts.isEmpty,
    ]
    var values = fields.flatMap { field in own.statistics.map { $0[keyPath: field] } }
    values += flags.map { $0 ? 1 : 0 }
    values += integrity.audit?.summands ?? ShardAudit.Finding.noSummands
    try world.allReduce(&values, .sum)
    let raised = values[(fields.count * count)...].prefix(flags.count).map { $0 > 0 }
    if raised[3] { throw try WorkerFailure.agreed(from: own.failure, world: world) }
    if raised[4] {
      throw try StateChanged.agreed(
        integrity.changedParts, step: integrity.stepsDone, world: world)
    }
    try integrity.audit?.check(values.suffix(4), step: integrity.stepsDone + 1, world: world)

    let tree = ReductionTree(leafCount: count)
    var total = ShardStatistics()
    for (index, field) in fields.enumerated() {
      total[keyPath: field] = tree.sum(Array(values[index * count..<(index + 1) * count]))
    }
    self.total = total
    self.requests = StepRequests(stop: raised[0], save: raised[1], lost: raised[2])
    seconds = StepSeconds(joined: own.seconds, data: own.dataSeconds, wait: clock.seconds)
  }
}
