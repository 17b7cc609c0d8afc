// The worker threads of a rank: each takes the images of its shards and hands their gradients to the
// reducer.

import DataParallel
import ImageData
import MPI
import MUSIQ
import Tensors
import Watchdog

/// What the workers of a rank came to in one step.
struct RankShards {
  /// One entry per shard of the run, zeros for those of other ranks.
  let statistics: [ShardStatistics]
  /// The error of the lowest worker that failed, or of an audit.
  var failure: (any Error)?
  /// The hash of the gradient of the shard that is audited, on the rank that it belongs to.
  let auditedHash: UInt64?
  /// Longest time that a worker waited for images.
  let dataSeconds: Double
  /// From the start to the end of the slowest worker.
  let seconds: Double
}

/// The worker threads of a rank, with what each keeps from step to step.
final class ShardWorkers {
  /// The shards of each worker.
  let shards: [Range<Int>]
  private let shardCount: Int
  private let parameters: StepParameters
  private let pool: WorkerPool
  private let lanes: [WorkerLane]
  private var clock = Stopwatch()

  /// - Collective.
  init(_ run: RunAssembly, parameters store: ParameterStore) throws {
    let parallel = run.configuration.parallel
    shardCount = parallel.gradientShards
    shards = ShardAssignment(shardCount: shardCount, worldSize: run.world.size)
      .shards(ofRank: run.world.rank, workers: run.workers)
    let parameters = StepParameters(store, model: run.model, precision: run.precision)
    self.parameters = parameters
    pool = try parallel.makeWorkers(run.workers, world: run.world)
    lanes = (0..<run.workers).map { worker in
      WorkerLane(
        number: worker, model: run.model, parameters: parameters,
        gradients: GradientWorker(
          model: run.model, objective: run.task.objective, parameters: parameters,
          microBatchTokens: parallel.microBatchTokens))
    }
  }

  deinit { pool.close() }

  /// Begins to compute a batch on all workers, and returns.
  /// - Parameter audited: the shard whose gradient gets a hash; nil for none.
  func start(
    _ batch: BatchPlan, from images: any ImageSource, adding reducer: any GradientReducer,
    audited: Int?
  ) {
    clock = Stopwatch()
    parameters.prepare()
    reducer.begin(workerShards: shards)
    let (lanes, shards) = (lanes, shards)
    pool.start { worker in
      try lanes[worker].compute(
        shards[worker], of: batch, from: images, adding: reducer, audited: audited)
    }
  }

  /// Waits for all workers, also when some fail.
  func join() -> RankShards {
    var failure: (any Error)?
    do { try pool.join() } catch { failure = error }
    var statistics = [ShardStatistics](repeating: ShardStatistics(), count: shardCount)
    for lane in lanes {
      for (shard, sums) in lane.statistics { statistics[shard] = sums }
    }
    return RankShards(
      statistics: statistics, failure: failure,
      auditedHash: lanes.lazy.compactMap(\.auditedHash).first,
      dataSeconds: lanes.map(\.waitingSeconds).max() ?? 0, seconds: clock.seconds)
  }

  /// The hash of a shard's gradient, computed from the beginning while the workers rest.
  func hash(ofShard shard: Int, of batch: BatchPlan, from images: any ImageSource) throws -> UInt64
  {
    try lanes[0].hash(of: batch.samples(ofShard: shard), from: images)
  }

  var secondsSinceStart: Double { clock.seconds }
}

/// A worker's own state. Used by its thread during a job and by the main thread between jobs; the pool's
/// lock orders the two.
private final class WorkerLane: @unchecked Sendable {
  private let number: Int
  private let model: MUSIQModel
  private let parameters: StepParameters
  private let gradients: GradientWorker
  private(set) var statistics: [Int: ShardStatistics] = [:]
  private(set) var waitingSeconds = 0.0
  private(set) var auditedHash: UInt64?

  init(
    number: Int, model: MUSIQModel, parameters: StepParameters, gradients: GradientWorker
  ) {
    (self.number, self.model) = (number, model)
    (self.parameters, self.gradients) = (parameters, gradients)
  }

  /// The gradient of each shard, one after the other.
  func compute(
    _ shards: Range<Int>, of batch: BatchPlan, from images: any ImageSource,
    adding reducer: any GradientReducer, audited: Int?
  ) throws {
    statistics.removeAll(keepingCapacity: true)
    waitingSeconds = 0
    auditedHash = nil
    for shard in shards {
      statistics[shard] = try reducer.add(shard: shard, worker: number) { gradient in
        let sums = try gradients.addGradient(
          count: batch.samples(ofShard: shard).count, to: gradient,
          image: { _ in try take(from: images) })
        if gradient.completesSum { finish(gradient) }
        if shard == audited { auditedHash = hash(gradient) }
        return sums
      }
    }
  }

  /// The hash of the gradient of a shard of these samples.
  func hash(of samples: [PlannedSample], from images: any ImageSource) throws -> UInt64 {
    let buffer = AlignedBuffer<Float>(count: parameters.store.buffer.count)
    let gradient = ShardGradient(values: buffer.pointer, completesSum: true)
    _ = try gradients.addGradient(
      count: samples.count, to: gradient, image: { try images.again(samples[$0]) })
    finish(gradient)
    return withExtendedLifetime(buffer) { hash(gradient) }
  }

  private func finish(_ gradient: ShardGradient) {
    model.finishGradients(gradient.values, parameters: parameters.store.buffer.pointer)
  }

  private func hash(_ gradient: ShardGradient) -> UInt64 {
    Fingerprint(
      UnsafeBufferPointer(start: gradient.values, count: parameters.store.buffer.count)
    ).hash
  }

  private func take(from images: any ImageSource) throws -> TrainingImage? {
    let clock = Stopwatch()
    defer {
      waitingSeconds += clock.seconds
      Watchdog.shared.noteProgress()
    }
    return try images.next(worker: number)
  }
}
