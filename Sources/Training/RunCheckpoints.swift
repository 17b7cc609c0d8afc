// When a run is saved, and how it goes on from what was saved.

import Checkpoints
import DataParallel
import ImageData
import MPI
import Provenance
import RunConfig

/// Where a run's state comes from.
public enum ResumePolicy: Equatable, Sendable {
  /// The newest good checkpoint of the run directory, or a fresh start.
  case auto
  /// A fresh start; refused when the run directory has checkpoints.
  case never
  case file(String)
}

/// The checkpoints of one run.
struct RunCheckpoints {
  private let run: RunAssembly
  private let directory: RunDirectory
  private let training: TrainingSetIdentity
  private let store: CheckpointStore
  private var sinceLast = Stopwatch()
  /// Path of the last checkpoint that was written or loaded.
  private(set) var last: String?
  /// The best figure of the validation set among the checkpoints.
  private var best: ValidationFigure?
  /// Warnings that were given: once is enough.
  private var told: Set<String> = []

  /// - Parameter training: what the run is trained on.
  init(of run: RunAssembly, training: TrainingSetIdentity, in directory: RunDirectory) {
    self.run = run
    self.directory = directory
    self.training = training
    store = CheckpointStore(
      directory: directory.checkpoints, world: run.world,
      keepLast: run.configuration.checkpoint.keepLast,
      keepBest: run.configuration.checkpoint.keepBest)
  }

  // MARK: Saving

  /// The time before the first step does not count.
  mutating func beginClock() { sinceLast = Stopwatch() }

  /// Whether `checkpoint.everyMinutes` have passed, by rank 0's clock.
  var isDueByClock: Bool {
    let minutes = run.configuration.checkpoint.everyMinutes
    return run.world.rank == 0 && minutes > 0 && sinceLast.seconds >= 60 * minutes
  }

  /// Whether the step just done is one of `checkpoint.everySteps`.
  func isDue(after step: Int) -> Bool {
    let every = run.configuration.checkpoint.everySteps
    return every > 0 && step % every == 0
  }

  /// Whether a figure is better than those of all checkpoints before; then its step is saved.
  func isBest(_ figure: ValidationFigure?) -> Bool {
    guard let figure, run.configuration.checkpoint.keepBest > 0 else { return false }
    return best.map { figure.isBetter(than: $0) || figure.name != $0.name } ?? true
  }

  /// Writes a checkpoint. One that fails for want of room is left out, unless the run depends on it.
  /// - Parameter figure: of the validation set at this step, if it was measured.
  /// - Collective.
  mutating func save(
    _ state: TrainState, figure: ValidationFigure?, mustSucceed: Bool
  ) throws -> Result<WriteReport, CheckpointError> {
    let saved = CheckpointState(
      step: state.step, epoch: state.epoch, cursor: state.cursor,
      seed: run.configuration.run.seed, optimizerStep: state.optimizerStep,
      configuration: run.configuration.yaml, program: programVersion, worldSize: run.world.size,
      optimizerKind: run.configuration.optimizer.kind.rawValue, training: training,
      validation: figure)
    do {
      let report = try store.write(
        saved, state.checkpointTensors(rank: run.world.rank, partition: run.partition))
      beginClock()
      last = report.path
      if isBest(figure) { best = figure }
      return .success(report)
    } catch let error as CheckpointError where error.isRecoverable && !mustSucceed {
      beginClock()
      return .failure(error)
    }
  }

  /// Those of `warnings` that were not given before.
  mutating func new(_ warnings: [String]) -> [String] {
    warnings.filter { told.insert($0).inserted }
  }

  // MARK: Going on

  /// Loads the tensors of the checkpoint that the policy asks for; nil for a fresh start.
  /// - Collective.
  mutating func resume(_ policy: ResumePolicy, into state: TrainState) throws -> Resumed? {
    let tensors = state.checkpointTensors(rank: run.world.rank, partition: run.partition)
    let resumed: Resumed?
    switch policy {
    case .auto:
      resumed = try store.resume(into: tensors)
    case .never:
      if let existing = try store.latest() {
        throw TrainingError.occupied(directory: directory.path, checkpoint: existing)
      }
      resumed = nil
    case .file(let path):
      let path = try run.world.onRoot { () throws(CheckpointError) in
        try CheckpointPath.resolve(path)
      }
      resumed = Resumed(state: try store.load(path, into: tensors), path: path)
    }
    last = resumed?.path
    if let resumed { best = try store.bestFigure(upTo: resumed.state.step) }
    return resumed
  }

  /// The data must be at least as many samples as the checkpoint's, or its place in the epoch does not
  /// exist.
  func requireSameData(_ resumed: Resumed) throws {
    let (cursor, training) = (resumed.state.cursor, run.data.training)
    guard cursor >= training.count else { return }
    throw TrainingError.fewerSamples(
      checkpoint: resumed.path, cursor: cursor, root: training.root, count: training.count)
  }
}
