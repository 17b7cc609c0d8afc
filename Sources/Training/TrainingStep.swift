// One update over the global batch: forward, loss, backward, all-reduce, clip, update.

import DataParallel
import Failures
import ImageData
import MPI
import Optimizers
import RunConfig
import Tensors

/// The update rule of a run, with the buffers it needs. What training changes is in `TrainState`.
package final class TrainingStep {
  private let world: Communicator
  private let workers: ShardWorkers
  private let reducer: any GradientReducer
  private let gradientNorm: GradientNorm
  private let clipNorm: Double
  private let schedule: Schedule
  private let optimizer: any Optimizer

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
  }

  /// The shards of each worker of this rank.
  package var workerShards: [Range<Int>] { workers.shards }

  /// g = Σᵢ ∇lossᵢ / Σᵢ 1 over the images of the batch; g clipped to `optimizer.clipNorm`; the update of
  /// the optimizer along g. A batch of which no image can be read changes nothing.
  /// - Collective: every rank calls this with the same batch and the same position in the run.
  /// - Throws: `NumericalError` or `WorkerFailure`, the same on all ranks and before the update;
  ///   `MPIError`.
  package func callAsFunction(
    _ batch: BatchPlan, from images: any ImageSource, updating state: inout TrainState,
    requests: @autoclosure () -> StepRequests
  ) throws -> StepResult {
    workers.start(batch, from: images, adding: reducer)  // forward, loss, backward
    let (gradient, agreed) = try reducer.sum {
      try StepAgreement(of: workers.join(), requests: requests(), world: world)
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
    }
    result.seconds.end(total: workers.secondsSinceStart)
    return result
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
}

/// Loss or gradient became infinite or NaN. The parameters are those from before the step.
public struct NumericalError: Failure, Equatable {
  public let step: Int
  public let loss: Double
  public let gradientNorm: Double

  public init(step: Int, loss: Double, gradientNorm: Double) {
    (self.step, self.loss, self.gradientNorm) = (step, loss, gradientNorm)
  }

  public var kind: FailureKind { .numerical }

  public var description: String {
    "step \(step): loss \(loss), gradient norm \(gradientNorm) is not finite; the parameters are "
      + "unchanged and the last checkpoint is good"
  }
}
