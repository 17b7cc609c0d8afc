// The run: build or resume the state, then step after step until the schedule, a limit or a signal ends it.

import Checkpoints
import DataParallel
import Evaluation
import Foundation
import ImageData
import Inference
import Kernels
import Layers
import MPI
import MUSIQ
import Multiscale
import Optimizers
import Provenance
import RunConfig
import Tables
import Tensors

/// Where a run's state comes from.
public enum ResumePolicy: Equatable, Sendable {
  /// The newest good checkpoint of the run directory, or a fresh start.
  case auto
  /// A fresh start; refused when the run directory has checkpoints.
  case never
  case file(String)
}

/// How a run ended.
public enum RunOutcome: Sendable, Equatable {
  case finished
  /// `run.steps` reached before the schedule's end.
  case limitReached
  /// Stopped on request; a checkpoint has been written.
  case stopped
}

/// One training run on all ranks.
public final class Trainer {
  let configuration: RunConfiguration
  let world: Communicator
  let directory: RunDirectory
  let data: TrainingData
  let model: MUSIQModel
  let objective: Objective
  let task: LearningTask
  private let initial: InitialModel
  let schedule: Schedule
  let workers: Int
  let precision: Precision
  let store: CheckpointStore
  let partition: FlatPartition
  let log: MetricsLog?
  let progress: ProgressReporter
  let sampleErrors = SampleErrorLog()
  let stepsPerEpoch: Int
  let loader: SampleLoader
  private let trainingStep: TrainingStep
  private var batches: BatchStream
  var state: TrainState
  var skipped = 0
  var seen = 0
  private var lastSave = Stopwatch()
  /// Result of the last evaluation, for the summary.
  public private(set) var lastEvaluation: EvaluationResult?
  public private(set) var lastCheckpoint: String?

  /// Opens the data, builds the model and the state.
  /// - Parameter initial: the parameters of step 0; read when the run begins and not when it resumes.
  /// - Collective. Throws: errors that are the same on every rank.
  public init(
    _ configuration: RunConfiguration, from initial: InitialModel = .random, runDirectory: String,
    world: Communicator
  ) throws {
    self.world = world
    self.initial = initial
    directory = try RunDirectory(runDirectory, world: world)
    data = try TrainingData(
      configuration.data, objective: configuration.objective, indexDirectory: directory.index,
      world: world)
    task = try LearningTask(configuration, training: data.training, initial: initial)
    let configuration = task.configuration
    self.configuration = configuration
    objective = task.objective
    model = MUSIQModel(configuration.model)
    try initial.check(model, keepsHead: task.keepsHead)
    partition = FlatPartition(count: model.layout.storageCount, parts: world.size)
    let parallel = configuration.parallel
    workers = try parallel.workerCount(world: world)
    precision = try usablePrecision(parallel.precision, world: world)
    try configuration.check(ranks: world.size, workers: parallel.workers > 0 ? workers : 1)
    stepsPerEpoch = data.stepsPerEpoch(globalBatchSize: parallel.globalBatchSize)
    schedule = configuration.schedule.schedule(
      peak: configuration.optimizer.learningRate, stepsPerEpoch: stepsPerEpoch)
    store = CheckpointStore(
      directory: directory.checkpoints, world: world, keepLast: configuration.checkpoint.keepLast)
    log = world.rank == 0 ? MetricsLog(path: directory.metrics) : nil
    progress = ProgressReporter(
      configuration.run, totalSteps: schedule.totalSteps,
      showsAccuracy: data.training.kind == .classes, isReporting: world.rank == 0)

    let optimizer = configuration.optimizer.optimizer(layout: model.layout)
    let reducer = try parallel.makeReducer(world: world, partition: partition)
    state = TrainState(
      layout: model.layout, optimizer: optimizer, segment: reducer.updateSegment)
    trainingStep = try TrainingStep(
      model: model, objective: objective, world: world, reducer: reducer, optimizer: optimizer,
      partition: partition, parameters: state.parameters, parallel: parallel, precision: precision,
      workers: workers, clipNorm: configuration.optimizer.clipNorm)
    loader = SampleLoader(
      index: data.training, tokenizer: Tokenizer(configuration: configuration.model.multiscale),
      options: .init(cosineTransform: configuration.data.dct),
      padded: configuration.model.attention == .padded)
    batches = BatchStream(
      planner: BatchPlanner(
        index: data.training,
        augmentation: Augmentation(
          configuration: configuration.augmentation, seed: configuration.run.seed),
        multiscale: configuration.model.multiscale,
        costModel: CostModel(ModelCost(configuration.model)), shardCount: parallel.gradientShards),
      seed: configuration.run.seed, batchSize: parallel.globalBatchSize)
  }

  // MARK: The run

  /// Trains from the resumed or fresh state to the end.
  /// - Collective.
  public func run(resume: ResumePolicy) throws -> RunOutcome {
    try start(resume)
    try directory.write(configuration: configuration.yaml, world: world)
    let queue = loader.queue(
      streamCount: workers, threadCount: configuration.data.loaderThreads,
      byteLimit: configuration.data.prefetchMegabytes << 20)
    let limit = configuration.run.steps
    let lastStep = limit > 0 ? min(limit, schedule.totalSteps) : schedule.totalSteps
    lastSave = Stopwatch()
    var plan = batches.plan(at: position)
    enqueue(plan, on: queue)

    while state.step < lastStep {
      let here = position
      let after = batches.next(after: here)
      let current = plan
      if state.step + 1 < lastStep {
        plan = batches.plan(at: after)
        enqueue(plan, on: queue)
      }
      let result = try trainingStep(
        current, images: queue, state: &state, learningRate: schedule(state.step),
        requests: requests, onSampleError: { [sampleErrors] in sampleErrors.add($0) })
      state.step += 1
      state.epoch = after.epoch
      state.cursor = after.cursor
      record(result, epoch: epochFraction(here, advancedBy: current.samples.count))
      try checkBadSamples(result)
      try checkReplicas()

      let isLast = state.step == lastStep
      let endsEpoch = after.epoch > here.epoch
      if endsEpoch || state.step == schedule.totalSteps {
        try evaluateIfDue(epoch: after.epoch, isLast: isLast)
      }
      if isLast || result.requests.stop || result.requests.save || saveIsDue {
        try save(mustSucceed: isLast || result.requests.stop)
      }
      if result.requests.stop, !isLast { return stopped() }
    }
    progress.closeBar()
    return state.step < schedule.totalSteps ? .limitReached : .finished
  }

  private var position: DataPosition { DataPosition(epoch: state.epoch, cursor: state.cursor) }

  private func enqueue(_ plan: BatchPlan, on queue: TrainingStep.ImageQueue) {
    for (worker, samples) in trainingStep.requests(of: plan).enumerated() {
      queue.enqueue(samples, on: worker)
    }
  }

  private func requests() -> StepRequests {
    let minutes = configuration.checkpoint.everyMinutes
    return StepRequests(
      stop: !StopSignals.received.isEmpty,
      save: world.rank == 0 && minutes > 0 && lastSave.seconds >= 60 * minutes)
  }

  private func stopped() -> RunOutcome {
    var event = MetricsEvent("stop", step: state.step, epoch: Double(state.epoch))
    event.detail = StopSignals.received.description
    log?.append(event)
    progress.message("stopped after step \(state.step); run again with --resume auto to go on")
    return .stopped
  }

  // MARK: State

  private func start(_ resume: ResumePolicy) throws {
    let tensors = state.checkpointTensors(rank: world.rank, partition: partition)
    var resumed: Resumed?
    switch resume {
    case .auto:
      resumed = try store.resume(into: tensors)
    case .never:
      if let existing = try store.latest() {
        throw TrainingError.occupied(directory: directory.path, checkpoint: existing)
      }
    case .file(let path):
      resumed = Resumed(
        state: try store.load(path, into: tensors), path: path, warnings: [])
    }
    if precision != configuration.parallel.precision {
      warn("parallel.precision: \(bfloat16Notice)")
    }
    for warning in data.warnings + (resumed?.warnings ?? []) { warn(warning) }
    if let resumed {
      try shareMoments()
      state.restorePosition(from: resumed.state)
      try checkPosition(resumed)
      warnAboutChanges(since: resumed.state)
      lastCheckpoint = resumed.path
    }
    announce(resumed)
    guard resumed == nil else { return }
    let report = try initial.fill(
      state.parameters, seed: configuration.run.seed, keepsHead: task.keepsHead)
    if let report { progress.message(report) }
  }

  /// After a load each rank has its own segment of the moments; a replicated optimiser needs all.
  private func shareMoments() throws {
    guard state.segment.count == partition.count, world.size > 1 else { return }
    for moment in state.moments {
      try world.allGather(inPlace: moment.elements, segments: partition.segments)
    }
  }

  /// The data of the checkpoint must be at least as many, or its place in the epoch does not exist.
  private func checkPosition(_ resumed: Resumed) throws {
    guard state.cursor >= data.training.count else { return }
    throw TrainingError.fewerSamples(
      checkpoint: resumed.path, cursor: state.cursor, root: data.training.root,
      count: data.training.count)
  }

  private func warnAboutChanges(since saved: CheckpointState) {
    guard
      let before = try? RunConfiguration.read(
        yaml: saved.configuration, named: "the checkpoint's configuration")
    else { return }
    let harmless = ["run.", "checkpoint.", "data.", "parallel.workers"]
    for change in configuration.differences(from: before)
    where !harmless.contains(where: { change.path.hasPrefix($0) }) {
      warn("\(change.path) was \(change.other) in the checkpoint and is \(change.this) now")
    }
  }

  private var saveIsDue: Bool {
    let every = configuration.checkpoint.everySteps
    return every > 0 && state.step % every == 0
  }

  /// Writes a checkpoint. One that fails for want of room is skipped with a warning, unless the run
  /// depends on it.
  private func save(mustSucceed: Bool) throws {
    let saved = CheckpointState(
      step: state.step, epoch: state.epoch, cursor: state.cursor, seed: configuration.run.seed,
      optimizerStep: state.optimizerStep, configuration: configuration.yaml,
      program: programVersion, worldSize: world.size,
      optimizerKind: configuration.optimizer.kind.rawValue)
    do {
      let report = try store.write(
        saved, state.checkpointTensors(rank: world.rank, partition: partition))
      lastSave = Stopwatch()
      lastCheckpoint = report.path
      var event = MetricsEvent("checkpoint", step: state.step, epoch: Double(state.epoch))
      event.path = report.path
      event.bytes = report.bytes
      event.detail =
        "write \(fixed(report.writeSeconds, 3)) s, verify "
        + "\(fixed(report.verifySeconds, 3)) s"
      log?.append(event)
      for warning in report.warnings { warn(warning) }
    } catch let error as CheckpointError where error.isRecoverable && !mustSucceed {
      lastSave = Stopwatch()
      warn("checkpoint of step \(state.step) skipped: \(error)")
    }
  }

  // MARK: Checks

  private func checkBadSamples(_ result: StepResult) throws {
    skipped += Int(result.statistics.skipped)
    seen += Int(result.statistics.skipped + result.statistics.weight)
    if result.statistics.skipped > 0 { try noteSkippedSamples() }
    let limit = configuration.data.maxBadFraction
    if skipped > TooManyBadSamples.alwaysAllowed, Double(skipped) > limit * Double(seen) {
      throw TooManyBadSamples(skipped: skipped, seen: seen, limit: limit)
    }
  }

  private func checkReplicas() throws {
    let every = configuration.parallel.replicaCheckSteps
    guard every > 0, world.size > 1, state.step % every == 0 else { return }
    try ReplicaCheck.verify(
      UnsafeBufferPointer(state.parameters.buffer.elements), step: state.step, world: world)
  }

  private func evaluateIfDue(epoch: Int, isLast: Bool) throws {
    let every = configuration.run.evaluateEveryEpochs
    guard let validation = data.validation, every > 0, epoch % every == 0 || isLast else { return }
    lastEvaluation = try evaluate(on: validation)
  }

  /// The validation set through the parameters as they are; the last evaluation if there was one.
  /// - Collective. Returns nil without a validation set.
  public func finalEvaluation() throws -> EvaluationResult? {
    if lastEvaluation == nil, let validation = data.validation {
      lastEvaluation = try evaluate(on: validation)
    }
    return lastEvaluation
  }

  /// Figures of an evaluation of the validation set.
  func table(of result: EvaluationResult) -> MetricTable {
    result.table(
      of: model.configuration, on: data.validation ?? data.training,
      exponent: configuration.objective.exponent)
  }

  /// Fraction of epochs after a batch that began at `position`.
  private func epochFraction(_ position: DataPosition, advancedBy count: Int) -> Double {
    Double(position.epoch) + Double(position.cursor + count) / Double(data.training.count)
  }
}
