// The run: start or resume, step after step, validate, save, until the schedule, a limit or a signal ends it.

import Checkpoints
import DataParallel
import Evaluation
import ImageData
import Inference
import MPI
import MUSIQ
import RunConfig
import Watchdog

/// One training run on all ranks.
public final class Trainer {
  let run: RunAssembly
  let directory: RunDirectory
  let journal: RunJournal
  private let policy: ResumePolicy
  /// The checkpoint that the run goes on from, as it looked when the run was put together.
  private let history: RunHistory?
  private let training: TrainingSetIdentity
  private let allowed: Set<RunChange.Kind>
  private let step: TrainingStep
  private let troubles = SampleTroubleLog()
  private var checkpoints: RunCheckpoints
  private var samples: SampleCount
  private(set) var state: TrainState
  /// Result of the last evaluation.
  public private(set) var lastEvaluation: EvaluationResult?
  /// Path of the last checkpoint that was written or loaded.
  public var lastCheckpoint: String? { checkpoints.last }

  /// Opens the data, builds the model and the state. A run that would go on as another one is refused
  /// before anything is written.
  /// - Parameters:
  ///   - initial: the parameters of step 0; read when the run begins and not when it resumes.
  ///   - policy: where the state comes from.
  ///   - allowed: what may be other than in the checkpoint though it changes the meaning of the run.
  ///   - environment: settings that come from the environment, for the log.
  ///   - stopAdvice: how the user goes on after a stop, told when the run is stopped.
  ///   - listeners: who hears of the run besides its progress and log; asked on rank 0 only.
  /// - Collective. Throws: errors that are the same on every rank.
  public init(
    _ configuration: RunConfiguration, from initial: InitialModel = .random, runDirectory: String,
    world: Communicator, resume policy: ResumePolicy = .auto,
    allowing allowed: Set<RunChange.Kind> = [], environment: [String] = [],
    stopAdvice: String? = nil,
    listeners: (RunDescription) -> [any RunListener] = { _ in [] }
  ) throws {
    directory = try RunDirectory(runDirectory, world: world)
    history = try RunHistory(policy, in: directory, world: world)
    run = try RunAssembly(
      configuration, from: initial, history: history, indexDirectory: directory.index,
      world: world)
    training = try world.onRoot { [run] () throws(DataError) in
      TrainingSetIdentity(of: run.data.training)
    }
    (self.policy, self.allowed) = (policy, allowed)
    if let history {
      _ = try RunChange.accepted(
        since: history.state, at: history.path, run: run, training: training, allowing: allowed)
    }
    (step, state) = try run.makeStep()
    checkpoints = RunCheckpoints(of: run, training: training, in: directory)
    samples = SampleCount(maximumBadFraction: run.configuration.data.maxBadFraction)
    guard world.rank == 0 else {
      journal = RunJournal([])
      return
    }
    let description = RunDescription(run, environment: environment)
    journal = RunJournal(
      [
        ProgressReporter(run.configuration.run, of: description, stopAdvice: stopAdvice),
        MetricsLog(path: directory.metrics, of: description),
      ] + listeners(description))
  }

  /// Trains from the resumed or fresh state to the end.
  /// - Collective.
  public func train() throws -> RunOutcome {
    try begin()
    state.sealState()
    try state.requireEqualReplicas(world: run.world)
    try directory.write(
      configuration: run.configuration.yaml, after: state.step, world: run.world)
    try run.data.keepIndices(world: run.world)
    checkpoints.beginClock()
    let images = ImageFeed(run, troubles: troubles)
    var batches = BatchQueue(run.batches, from: state.position, count: lastStep - state.step) {
      [shards = step.workerShards] in images.request($0, workerShards: shards)
    }
    while let batch = batches.next() {
      let result = try step(
        batch.plan, from: images, updating: &state,
        requests: StepRequests(
          stop: !StopSignals.received.isEmpty, save: checkpoints.isDueByClock))
      state.advance(past: batch)
      record(.step(result), epoch: batch.endEpoch)
      try check(result)
      if batch.endsEpoch || state.step == run.schedule.totalSteps { try validateIfDue() }
      try saveIfDue(result.requests)
      if result.requests.stop, state.step < lastStep { return end(.stopped) }
    }
    return end(state.step < run.schedule.totalSteps ? .limitReached : .finished)
  }

  /// The step that ends this job.
  private var lastStep: Int {
    let (limit, total) = (run.configuration.run.steps, run.schedule.totalSteps)
    return limit > 0 ? min(limit, total) : total
  }

  private func record(_ event: RunEvent, epoch: Double? = nil) {
    journal.record(
      event, at: RunMoment(step: state.step, epoch: epoch ?? Double(state.epoch)))
  }

  private func warn(_ texts: [String]) {
    for text in texts { record(.warning(text)) }
  }

  // MARK: Begin and end

  /// Goes on from a checkpoint, or starts with the parameters of step 0.
  private func begin() throws {
    let resumed = try checkpoints.resume(policy, into: state)
    if run.precision != run.configuration.parallel.precision {
      warn(["parallel.precision: \(bfloat16Notice)"])
    }
    warn(run.data.warnings + (resumed?.warnings ?? []))
    guard let resumed else {
      if run.task.head.isDoubtful, let remark = run.task.head.remark {
        warn(["\(run.initial.path ?? ""): the head is kept: \(remark)"])
      }
      let report = try run.initial.fill(
        state.parameters, seed: run.configuration.run.seed, head: run.task.head)
      return record(.start(initial: report))
    }
    try state.restore(resumed.state, partition: run.partition, world: run.world)
    try checkpoints.requireSameData(resumed)
    let changes = try RunChange.accepted(
      since: resumed.state, at: resumed.path, run: run, training: training, allowing: allowed)
    warn(changes.map(\.description) + (history?.unknowns ?? []))
    record(.resume(from: resumed.path))
  }

  private func end(_ outcome: RunOutcome) -> RunOutcome {
    if outcome == .stopped { record(.stop(StopSignals.received)) }
    record(.end(outcome))
    return outcome
  }

  // MARK: After a step

  /// Ends the run when too many samples are unusable, or when ranks no longer agree.
  private func check(_ result: StepResult) throws {
    samples.add(result.statistics)
    if result.statistics.skipped + result.statistics.salvaged > 0 { try recordTroubles() }
    try samples.check()
    let every = run.configuration.parallel.replicaCheckSteps
    guard every > 0, state.step % every == 0 else { return }
    try state.requireEqualReplicas(world: run.world)
  }

  /// Tells of the samples that any rank could not use, or in part only.
  /// - Collective: called when the agreed count of them is positive.
  private func recordTroubles() throws {
    for trouble in try troubles.takeAll(world: run.world) { record(.trouble(trouble)) }
  }

  private func saveIfDue(_ requests: StepRequests) throws {
    let mustSucceed = state.step == lastStep || requests.stop
    guard mustSucceed || requests.save || checkpoints.isDue(after: state.step) else { return }
    Watchdog.shared.enter(.saving, step: state.step)
    try state.requireUnchanged(world: run.world)
    switch try checkpoints.save(state, mustSucceed: mustSucceed) {
    case .success(let report):
      record(.checkpoint(report))
      warn(report.warnings)
    case .failure(let error):
      warn(["checkpoint of step \(state.step) skipped: \(error)"])
    }
  }

  // MARK: Validation

  private func validateIfDue() throws {
    let every = run.configuration.run.evaluateEveryEpochs
    guard every > 0, state.epoch % every == 0 || state.step == lastStep else { return }
    try validate()
  }

  /// The validation set through the parameters as they are, if there is one.
  private func validate() throws {
    guard let validation = run.data.validation else { return }
    let pass = EvaluationPass(
      model: run.model, world: run.world, workers: run.workers, precision: run.precision)
    let result = try pass(
      SampleLoader(validation, for: run.configuration), parameters: state.parameters,
      data: run.configuration.data,
      onTrouble: { [troubles] in troubles.add($0) })
    if result.failedCount + result.salvagedCount > 0 { try recordTroubles() }
    record(.validation(result))
    lastEvaluation = result
  }

  /// The last evaluation, or one now if there was none.
  /// - Collective. Returns nil without a validation set.
  public func finalEvaluation() throws -> EvaluationResult? {
    if lastEvaluation == nil { try validate() }
    return lastEvaluation
  }

  /// Figures of an evaluation of the validation set.
  func table(of result: EvaluationResult) -> MetricTable {
    result.table(
      of: run.model.configuration, on: run.data.validation ?? run.data.training,
      exponent: run.configuration.objective.exponent)
  }

  /// What was done and where it lies, for the end of the program's output.
  public func summary(_ outcome: RunOutcome) -> String {
    let end =
      switch outcome {
      case .finished: "finished"
      case .limitReached: "reached run.steps"
      case .stopped: "stopped on request"
      }
    var lines = ["\(end) at step \(state.step) of \(run.schedule.totalSteps)"]
    if let lastEvaluation { lines.append("validation  \(lastEvaluation)") }
    if samples.skipped > 0 {
      lines.append("skipped     \(samples.skipped) of \(samples.seen) samples")
    }
    if samples.salvaged > 0 {
      lines.append("salvaged    \(samples.salvaged) of \(samples.seen) samples")
    }
    if let lastCheckpoint { lines.append("checkpoint  \(lastCheckpoint)") }
    lines.append("metrics     \(directory.metrics)")
    lines.append("settings    \(directory.configuration)")
    return lines.joined(separator: "\n")
  }
}
