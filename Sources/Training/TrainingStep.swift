// One update over the global batch: forward, loss, backward, all-reduce, clip, update.

import DataParallel
import Failures
import Foundation
import ImageData
import Kernels
import Labels
import Layers
import MPI
import MUSIQ
import Optimizers
import RunConfig
import Tensors

/// What a step did.
public struct StepResult: Sendable {
  public var statistics: ShardStatistics
  /// Mean loss over the images that counted.
  public var loss: Double
  /// Norm of the mean gradient before clipping.
  public var gradientNorm: Double
  public var learningRate: Double
  public var seconds = StepSeconds()
  var requests = StepRequests()
}

/// Where the time of a step went, on this rank.
public struct StepSeconds: Sendable {
  public var total = 0.0
  /// Longest time that a worker waited for images.
  public var data = 0.0
  /// Time of the slowest worker, without its waiting for images.
  public var compute = 0.0
  /// Exchange of gradients and parameters.
  public var communication = 0.0
  /// Waiting for slower ranks before the exchange.
  public var wait = 0.0
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

/// The machinery of a step. It keeps no training state, only buffers.
final class TrainingStep {
  typealias ImageQueue = PrefetchQueue<PlannedSample, Result<LoadedSample, SampleError>>

  private let model: MUSIQModel
  private let world: Communicator
  private let reducer: any GradientReducer
  private let optimizer: any Optimizer
  private let partition: FlatPartition
  private let clipNorm: Double
  private let tree: ReductionTree
  private let workerShards: [Range<Int>]
  private let pool: WorkerPool
  private let parameters: StepParameters
  private let lanes: [WorkerLane]

  init(
    model: MUSIQModel, objective: Objective, world: Communicator, reducer: any GradientReducer,
    optimizer: any Optimizer, partition: FlatPartition, parameters: ParameterStore,
    parallel: ParallelConfiguration, precision: Precision, workers: Int, clipNorm: Double
  ) throws {
    self.model = model
    self.world = world
    self.reducer = reducer
    self.optimizer = optimizer
    self.partition = partition
    self.clipNorm = clipNorm
    tree = ReductionTree(leafCount: parallel.gradientShards)
    workerShards = ShardAssignment(shardCount: parallel.gradientShards, worldSize: world.size)
      .shards(ofRank: world.rank, workers: workers)
    pool = try parallel.makeWorkers(workers, world: world)
    let parameters = StepParameters(parameters, model: model, precision: precision)
    self.parameters = parameters
    lanes = (0..<workers).map { _ in
      WorkerLane(
        GradientWorker(
          model: model, objective: objective, parameters: parameters,
          microBatchTokens: parallel.microBatchTokens),
        score: model.configuration.score)
    }
  }

  deinit { pool.close() }

  /// The samples that each worker of this rank will take, in order.
  func requests(of plan: BatchPlan) -> [[PlannedSample]] {
    workerShards.map { shards in shards.flatMap { plan.samples(ofShard: $0) } }
  }

  /// Forward, loss, backward, all-reduce, clip, update.
  /// - Collective: every rank calls this with the same plan and the same position in the run.
  /// - Throws: `NumericalError` on all ranks, before the update; `MPIError`.
  func callAsFunction(
    _ plan: BatchPlan, images: ImageQueue, state: inout TrainState, learningRate: Double,
    requests: () -> StepRequests, onSampleError: @escaping SampleErrorHandler
  ) throws -> StepResult {
    let clock = Stopwatch()
    parameters.prepare()
    startWorkers(plan, images: images, onSampleError)

    var agreement: StepAgreement?
    var joined = 0.0
    let gradient = try reducer.finish {
      try pool.join()
      joined = clock.seconds
      agreement = try StepAgreement(
        of: statistics(shardCount: tree.leafCount), requests: requests(), tree: tree, world: world)
    }
    guard let agreement else { preconditionFailure("the reducer did not join the workers") }
    let agreed = clock.seconds

    var result = StepResult(
      statistics: agreement.total, loss: agreement.total.loss / agreement.total.weight,
      gradientNorm: 0, learningRate: learningRate, requests: agreement.requests)
    if agreement.total.weight > 0 {
      let mean = 1 / agreement.total.weight
      result.gradientNorm = try GradientNorm(world: world, partition: partition)(
        of: gradient, segment: reducer.updateSegment, scale: mean)
      guard result.loss.isFinite, result.gradientNorm.isFinite else {
        throw NumericalError(
          step: state.step, loss: result.loss, gradientNorm: result.gradientNorm)
      }
      let clip = clipNorm > 0 ? min(1, clipNorm / max(result.gradientNorm, 1e-12)) : 1
      update(&state, gradient: gradient, scale: mean * clip, learningRate: learningRate)
      if reducer.isSharded {
        try world.allGather(
          inPlace: state.parameters.buffer.elements, segments: partition.segments)
      }
    }
    result.seconds.total = clock.seconds
    result.seconds.data = lanes.map(\.waitingSeconds).max() ?? 0
    result.seconds.compute = max(0, joined - result.seconds.data)
    result.seconds.wait = max(0, agreed - joined - reducer.exposedSeconds)
    result.seconds.communication = clock.seconds - joined - result.seconds.wait
    return result
  }

  /// Applies the optimiser to this rank's segment.
  private func update(
    _ state: inout TrainState, gradient: UnsafeMutablePointer<Float>, scale: Double,
    learningRate: Double
  ) {
    state.optimizerStep += 1
    optimizer.update(
      UpdateSegment(
        parameters: state.parameters.buffer.pointer, gradient: gradient,
        moments: state.moments.map(\.pointer), segment: state.segment),
      step: state.optimizerStep, learningRate: Float(learningRate), gradientScale: Float(scale))
  }

  private func startWorkers(
    _ plan: BatchPlan, images: ImageQueue, _ onSampleError: @escaping SampleErrorHandler
  ) {
    reducer.beginStep(workerShards: workerShards)
    let (model, reducer, workerShards, lanes) = (model, reducer, workerShards, lanes)
    let parameters = parameters.store.buffer
    pool.start { worker in
      let lane = lanes[worker]
      lane.begin()
      do {
        for shard in workerShards[worker] {
          let samples = plan.samples(ofShard: shard)
          let gradients = reducer.beginShard(shard, worker: worker)
          let statistics = lane.worker.addGradient(
            count: samples.count, into: gradients,
            image: { _ in lane.take(from: images, stream: worker, onSampleError) },
            onGradientsFinal: {
              reducer.gradientsAreFinal(from: $0, shard: shard, worker: worker)
            })
          if reducer.completesSum(shard, worker: worker) {
            model.finishGradients(gradients, parameters: parameters.pointer)
          }
          reducer.endShard(shard, worker: worker)
          lane.statistics[shard] = statistics
        }
      }
    }
  }

  /// This rank's entries, zeros elsewhere.
  private func statistics(shardCount: Int) -> [ShardStatistics] {
    var all = [ShardStatistics](repeating: ShardStatistics(), count: shardCount)
    for lane in lanes {
      for (shard, statistics) in lane.statistics { all[shard] = statistics }
    }
    return all
  }
}

/// A worker's own state. Used by its thread during a job and by the main thread between jobs; the pool's
/// lock orders the two.
private final class WorkerLane: @unchecked Sendable {
  let worker: GradientWorker
  var statistics: [Int: ShardStatistics] = [:]
  var waitingSeconds = 0.0

  private let score: ScoreConfiguration

  init(_ worker: GradientWorker, score: ScoreConfiguration) {
    self.worker = worker
    self.score = score
  }

  func begin() {
    statistics.removeAll(keepingCapacity: true)
    waitingSeconds = 0
  }

  /// The next image of this worker's stream, or nil when its file cannot be used.
  func take(
    from images: TrainingStep.ImageQueue, stream: Int, _ onSampleError: SampleErrorHandler
  ) -> TrainingImage? {
    let clock = Stopwatch()
    let result = images.take(from: stream)
    waitingSeconds += clock.seconds
    switch result {
    case .success(let sample):
      return TrainingImage(tokens: sample.tokens, target: score.inOutputs(sample.target))
    case .failure(let error):
      onSampleError(error)
      return nil
    }
  }
}
