// One update over the global batch: forward, loss, backward, all-reduce, clip, update.

import DataParallel
import Failures
import ImageData
import MPI
import Optimizers
import RunConfig
import Tensors
import Watchdog

/// The update rule of a run, with the buffers it needs. What training changes is in `TrainState`.
package final class TrainingStep {
  private let world: Communicator
  private let workers: ShardWorkers
  private let reducer: any GradientReducer
  private let gradientNorm: GradientNorm
  private let clipNorm: Double
  private let schedule: Schedule
  private let optimizer: any Optimizer
  private let assignment: ShardAssignment
  /// Steps between audits; 0 for none.
  private let auditSteps: Int

  /// - Parameter state: made by the same run for the same reducer and optimizer.
  /// - Collective.
  package init(_ run: RunAssembly, reducer: any GradientReducer, state: TrainState) throws {
    world = run.world
    workers = try ShardWorkers(run, parameters: state.parameters)
    self.reducer = reducer
    gradientNorm = GradientNorm(world: run.world, partition: run.partition)
    clipNorm = run.configuration.optimizer.clipNorm
    schedule = run.schedule
    optimizer = run.optimizer
    let parallel = run.configuration.parallel
    assignment = ShardAssignment(shardCount: parallel.gradientShards, worldSize: run.world.size)
    // With `allreduce` a worker adds all its shards into one sum: there is no gradient of a shard.
    auditSteps = parallel.reduction == .exact ? parallel.replicaCheckSteps : 0
  }

  /// The shards of each worker of this rank.
  package var workerShards: [Range<Int>] { workers.shards }

  /// g = Σᵢ ∇lossᵢ / Σᵢ 1 over the images of the batch; g clipped to `optimizer.clipNorm`; the update of
  /// the optimizer along g. A batch of which no image can be read changes nothing.
  /// - Collective: every rank calls this with the same batch and the same position in the run.
  /// - Throws: `NumericalError`, the same on all ranks, before the update or after one that gave no numbers;
  ///   `WorkerFailure`, `StateChanged` or `ShardsDiffer`, the same on all ranks and before the update;
  ///   `MPIError`.
  package func callAsFunction(
    _ batch: BatchPlan, from images: any ImageSource, updating state: inout TrainState,
    requests: @autoclosure () -> StepRequests
  ) throws -> StepResult {
    let audit = ShardAudit(step: state.step, every: auditSteps, assignment: assignment)
    Watchdog.shared.enter(.computing, step: state.step)
    // Forward, loss, backward.
    workers.start(batch, from: images, adding: reducer, audited: audit?.shard)
    let (gradient, agreed) = try reducer.sum {
      var shards = workers.join()
      Watchdog.shared.enter(.exchanging)
      let integrity = integrity(of: state, after: &shards, audit, batch, from: images)
      return try StepAgreement(
        of: shards, requests: requests(), integrity: integrity, world: world)
    }
    var result = StepResult(agreed, learningRate: schedule(state.step))
    if result.statistics.weight > 0 {
      let mean = 1 / result.statistics.weight
      result.gradientNorm = try gradientNorm(of: gradient, scale: mean)
      try requireFinite(result, step: state.step)
      state.update(
        by: optimizer, along: gradient, scale: mean * clip(result.gradientNorm),
        learningRate: result.learningRate)
      try reducer.share(state.parameters.buffer.elements)
      state.sealState()
      try requireFinite(state, after: result)
    }
    result.seconds.end(total: workers.secondsSinceStart)
    return result
  }

  /// What this rank knows of its memory and arithmetic, before anything of the step is used.
  private func integrity(
    of state: TrainState, after shards: inout RankShards, _ audit: ShardAudit?, _ batch: BatchPlan,
    from images: any ImageSource
  ) -> StepIntegrity {
    var finding: ShardAudit.Finding?
    if let audit {
      finding = ShardAudit.Finding(audit: audit, byOwner: shards.auditedHash)
      if audit.auditor == world.rank, shards.failure == nil {
        do {
          finding?.byAuditor = try workers.hash(ofShard: audit.shard, of: batch, from: images)
        } catch { shards.failure = error }
      }
    }
    return StepIntegrity(
      stepsDone: state.step, changedParts: state.changedParts(), audit: finding)
  }

  /// The factor that brings a norm down to `clipNorm`.
  private func clip(_ norm: Double) -> Double {
    clipNorm > 0 ? min(1, clipNorm / max(norm, 1e-12)) : 1
  }

  private func requireFinite(_ result: StepResult, step: Int) throws(NumericalError) {
    guard result.loss.isFinite, result.gradientNorm.isFinite else {
      throw NumericalError(step: step, loss: result.loss, gradientNorm: result.gradientNorm)
    }
  }

  /// An update can overflow although loss and gradient are finite: parameters and moments of all ranks
  /// must be numbers before anything saves them.
  private func requireFinite(_ state: TrainState, after result: StepResult) throws {
    let isFinite = state.seal?.isFinite ?? true
    guard try world.allReduce(isFinite ? 0 : 1, .maximum) > 0 else { return }
    throw NumericalError(
      step: state.step, loss: result.loss, gradientNorm: result.gradientNorm,
      learningRate: result.learningRate)
  }
}

/// Loss, gradient or, by an update, parameters or moments became infinite or NaN.
public struct NumericalError: Failure, Equatable {
  public let step: Int
  public let loss: Double
  public let gradientNorm: Double
  /// Of the update that gave no numbers; nil if the update was not made.
  public let learningRate: Double?

  public init(step: Int, loss: Double, gradientNorm: Double, learningRate: Double? = nil) {
    (self.step, self.loss, self.gradientNorm) = (step, loss, gradientNorm)
    self.learningRate = learningRate
  }

  public var kind: FailureKind { .numerical }

  public var description: String {
    guard let learningRate else {
      return
        "step \(step): loss \(loss), gradient norm \(gradientNorm) is not finite; the parameters "
        + "are unchanged and the last checkpoint is good"
    }
    return "step \(step): the update with learning rate \(learningRate) made parameters or moments "
      + "infinite or NaN (loss \(loss), gradient norm \(gradientNorm)); nothing of it was saved and "
      + "the last checkpoint is good"
  }
}
