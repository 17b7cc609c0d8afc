// The run: start or resume, step after step, validate, save, until the schedule, a limit or a signal ends it.

import Checkpoints
import DataParallel
import Evaluation
import Files
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
  private let claim: RunClaim
  private let display: ProgressDisplay
  private var journal = RunJournal([])
  private let makeListeners: (RunDescription) -> [any RunListener]
  private let stopAdvice: String?
  private let policy: ResumePolicy
  /// The checkpoint that the run goes on from, as it looked when the run was put together.
  private let history: RunHistory?
  private let training: TrainingSetIdentity
  private let allowed: Set<RunChange.Kind>
  private let environment: [String]
  private let step: TrainingStep
  private let troubles = SampleTroubleLog()
  private var checkpoints: RunCheckpoints
  private var samples: SampleCount
  private(set) var state: TrainState
  /// Result of the last evaluation.
  public private(set) var lastEvaluation: EvaluationResult?
  /// Figure of the validation set at the present step, if it was measured.
  private var figure: ValidationFigure?
  /// Path of the last checkpoint that was written or loaded.
  public var lastCheckpoint: String? { checkpoints.last }

  /// Takes the run directory, opens the data, builds the model and the state. A run that would go on as
  /// another one is refused. Nothing of the directory stays if anything fails.
  /// - Parameters:
  ///   - initial: the parameters of step 0; read when the run begins and not when it resumes.
  ///   - policy: where the state comes from.
  ///   - allowed: what may be other than in the checkpoint though it changes the meaning of the run.
  ///   - environment: settings that come from the environment, for the log.
  ///   - stealsLock: takes the run directory away from a job that has it.
  ///   - stopAdvice: how the user goes on after a stop, told when the run is stopped.
  ///   - listeners: who hears of the run besides its progress and log; asked on rank 0 only.
  /// - Collective. Throws: errors that are the same on every rank.
  public init(
    _ configuration: RunConfiguration, from initial: InitialModel = .random, runDirectory: String,
    world: Communicator, resume policy: ResumePolicy = .auto,
    allowing allowed: Set<RunChange.Kind> = [], environment: [String] = [],
    stealsLock: Bool = false, stopAdvice: String? = nil,
    listeners: @escaping (RunDescription) -> [any RunListener] = { _ in [] }
  ) throws {
    directory = RunDirectory(runDirectory)
    (self.policy, self.allowed) = (policy, allowed)
    (self.environment, self.stopAdvice, makeListeners) = (environment, stopAdvice, listeners)
    let display = ProgressDisplay(world.rank == 0 ? configuration.run.progress : .off)
    self.display = display
    claim = try RunClaim(of: directory, stealingLock: stealsLock, world: world) {
      display.say("warning: \($0)")
    }
    do {
      history = try RunHistory(policy, in: directory, world: world)
      run = try RunAssembly(
        configuration, from: initial, history: history, indexDirectory: directory.index,
        world: world)
      training = try world.onRoot { [run] () throws(DataError) in
        TrainingSetIdentity(of: run.data.training)
      }
      if let history {
        _ = try RunChange.accepted(
          since: history.state, at: history.path, run: run, training: training, allowing: allowed)
      }
      (step, state) = try run.makeStep()
    } catch {
      claim.giveUp()
      throw error
    }
    checkpoints = RunCheckpoints(of: run, training: training, in: directory)
    samples = SampleCount(maximumBadFraction: run.configuration.data.maxBadFraction)
  }

  /// Trains from the resumed or fresh state to the end, and gives the run directory free.
  /// - Collective.
  public func train() throws -> RunOutcome {
    defer {
      claim.release()
      display.close()
    }
    do { try begin() } catch {
      claim.giveUp()
      throw error
    }
    state.sealState()
    try state.requireEqualReplicas(world: run.world)
    checkpoints.beginClock()
    if isValidationMissing, try !finishStep(canValidate: true) { return end(.stopped) }
    let images = ImageFeed(run, troubles: troubles)
    var batches = BatchQueue(run.batches, from: state.position, count: lastStep - state.step) {
      [shards = step.workerShards] in images.request($0, workerShards: shards)
    }
    while let batch = batches.next() {
      record(.begins(.step))
      let result = try step(
        batch.plan, from: images, updating: &state,
        requests: StepRequests(
          stop: !StopSignals.received.isEmpty, save: checkpoints.isDueByClock, lost: claim.isLost))
      if result.requests.lost { throw RunDirectoryError(path: directory.path, problem: .lost) }
      state.advance(past: batch)
      record(.step(result), epoch: batch.endEpoch)
      try check(result)
      let isComplete = try finishStep(
        canValidate: batch.endsEpoch || state.step == run.schedule.totalSteps, result.requests)
      if !isComplete || result.requests.stop && state.step < lastStep { return end(.stopped) }
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
    var report: String?
    var remarks: [String] = []
    if let resumed {
      try state.restore(resumed.state, partition: run.partition, world: run.world)
      try checkpoints.requireSameData(resumed)
      let changes = try RunChange.accepted(
        since: resumed.state, at: resumed.path, run: run, training: training, allowing: allowed)
      remarks = changes.map(\.description) + (history?.unknowns ?? [])
      figure = resumed.state.validation
    } else {
      report = try run.initial.fill(
        state.parameters, seed: run.configuration.run.seed, head: run.task.head)
      if run.task.head.isDoubtful, let remark = run.task.head.remark {
        remarks = ["\(run.initial.path ?? ""): the head is kept: \(remark)"]
      }
    }
    // Nothing is refused any more: from here on the run leaves traces.
    try openJournal()
    if run.precision != run.configuration.parallel.precision {
      warn(["parallel.precision: \(bfloat16Notice)"])
    }
    warn(claim.takenOver.map { "took over the run directory from \($0)" })
    warn(run.data.warnings + (resumed?.warnings ?? []) + remarks)
    record(resumed.map { .resume(from: $0.path) } ?? .start(initial: report))
  }

  /// Opens metrics.jsonl, writes config.yaml and the indices; from now on rank 0 has listeners.
  private func openJournal() throws {
    let description = RunDescription(run, environment: environment)
    let reporter = ProgressReporter(
      display, of: description, interval: run.configuration.run.logEverySeconds,
      stopAdvice: stopAdvice)
    try run.world.onRoot { () throws(RunDirectoryError) in
      do throws(FileError) {
        let log = try MetricsLog(path: directory.metrics, of: description, warn: reporter.warn)
        journal = RunJournal([reporter, log] + makeListeners(description))
      } catch {
        throw RunDirectoryError(
          path: directory.path, problem: .logCannotBeWritten(reason: error.reason))
      }
    }
    try directory.write(
      configuration: run.configuration.yaml, after: state.step, world: run.world)
    try run.data.keepIndices(world: run.world)
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

  /// Validates if it is time, then saves if it is time, or if no step was better before.
  /// - Parameter canValidate: an epoch or the run ends here.
  /// - Returns: false when a stop came before the end of the validation: the state is saved, the run has to
  ///   end, and who resumes it makes up for the validation.
  private func finishStep(
    canValidate: Bool, _ requests: StepRequests = StepRequests()
  ) throws -> Bool {
    figure = nil
    var isComplete = true
    if canValidate, isValidationDue {
      isComplete = requests.stop ? false : try validate()
    }
    let isStop = requests.stop || !isComplete
    if isStop || requests.save || checkpoints.isDue(after: state.step)
      || checkpoints.isBest(figure) || state.step == lastStep
    {
      try save(mustSucceed: isStop || state.step == lastStep)
    }
    return isComplete
  }

  private func save(mustSucceed: Bool) throws {
    record(.begins(.checkpoint))
    // A validation may have taken long.
    try run.world.onRoot { () throws(RunDirectoryError) in
      if claim.isLost { throw RunDirectoryError(path: directory.path, problem: .lost) }
    }
    Watchdog.shared.enter(.saving, step: state.step)
    try state.requireUnchanged(world: run.world)
    switch try checkpoints.save(state, figure: figure, mustSucceed: mustSucceed) {
    case .success(let report):
      record(.checkpoint(report))
      warn(checkpoints.new(report.warnings))
    case .failure(let error):
      warn(["checkpoint of step \(state.step) skipped: \(error)"])
    }
  }

  // MARK: Validation

  private var isValidationDue: Bool {
    let every = run.configuration.run.evaluateEveryEpochs
    return every > 0 && run.data.validation != nil
      && (state.epoch % every == 0 || state.step == lastStep)
  }

  /// Whether the run was stopped after the last step of an epoch and before its validation.
  private var isValidationMissing: Bool {
    figure == nil && state.step > 0 && isValidationDue
      && (state.cursor == 0 || state.step == run.schedule.totalSteps)
  }

  /// The validation set through the parameters as they are, if there is one.
  /// - Returns: false when a signal came before its end.
  private func validate() throws -> Bool {
    guard let validation = run.data.validation else { return true }
    record(.begins(.validation))
    let pass = EvaluationPass(
      model: run.model, world: run.world, workers: run.workers, precision: run.precision)
    let watch = PassWatch(
      isStopAsked: { !StopSignals.received.isEmpty },
      onProgress: { self.record(.validating(done: $0, of: $1)) })
    do {
      let result = try pass(
        SampleLoader(validation, for: run.configuration), parameters: state.parameters,
        data: run.configuration.data, watch: watch,
        onTrouble: { [troubles] in troubles.add($0) })
      if result.failedCount + result.salvagedCount > 0 { try recordTroubles() }
      record(.validation(result))
      (lastEvaluation, figure) = (result, ValidationFigure(result))
      return true
    } catch is PassStopped {
      return false
    }
  }

  /// The last evaluation, or one now if there was none.
  /// - Collective. Returns nil without a validation set.
  public func finalEvaluation() throws -> EvaluationResult? {
    if lastEvaluation == nil { _ = try validate() }
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

extension ValidationFigure {
  /// The figure by which the checkpoints of a run are compared: top-1 of classes, SRCC of scores; between
  /// equal ones the loss or the error decides.
  init(_ result: EvaluationResult) {
    switch result {
    case .classes(let report, _):
      self.init(name: "top1", value: report.top1, loss: report.meanLoss)
    case .scores(let report, _):
      self.init(
        name: "srcc", value: report.spearmanRankCorrelation, loss: report.rootMeanSquareError)
    }
  }
}
