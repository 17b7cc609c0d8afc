// What happens in a run, as those hear of it who tell people or write logs.

import Checkpoints
import ImageData
import Inference
import Kernels
import MPI
import RunConfig

/// How a run ended.
public enum RunOutcome: Sendable, Equatable {
  case finished
  /// `run.steps` reached before the schedule's end.
  case limitReached
  /// Stopped on request; a checkpoint has been written.
  case stopped
}

/// What a run may be busy with for long.
public enum RunPhase: String, Sendable {
  case step
  case validation
  case checkpoint
}

/// One thing that happened.
public enum RunEvent: Sendable {
  /// The first step is next, with parameters drawn from the seed or, as `initial` tells, read from a file.
  case start(initial: String?)
  /// The run goes on from the checkpoint at a path.
  case resume(from: String)
  /// Something begins that may take long.
  case begins(RunPhase)
  case step(StepResult)
  /// So many images of the validation set have been through the model.
  case validating(done: Int, of: Int)
  /// The validation set has been through the model.
  case validation(EvaluationResult)
  /// A checkpoint was written, read back and given its name.
  case checkpoint(WriteReport)
  /// A sample could not be used, or in part only, on any rank.
  case trouble(SampleTrouble)
  case warning(String)
  /// The run ends on request, with a checkpoint.
  case stop(StopSignals.Received)
  case end(RunOutcome)
}

/// When it happened.
public struct RunMoment: Sendable {
  /// Steps done.
  public let step: Int
  /// Epochs done; a step in the middle of an epoch has a fraction.
  public let epoch: Double

  package init(step: Int, epoch: Double) { (self.step, self.epoch) = (step, epoch) }
}

/// A run in figures, known before it begins.
public struct RunDescription: Sendable {
  public let parameterCount: Int
  public let imageCount: Int
  /// Names of classes or attributes.
  public let classNames: [String]
  /// Whether outputs are classes, which have an accuracy.
  public let learnsClasses: Bool
  /// What is learned, in words.
  public let task: String
  /// What there is to know about the data, in words.
  public let notes: [String]
  /// Settings that come from the environment: no file and no command line tells them.
  public let environment: [String]
  public let globalBatchSize: Int
  public let gradientShards: Int
  public let stepsPerEpoch: Int
  public let totalSteps: Int
  public let rankCount: Int
  /// Worker threads of rank 0.
  public let workerCount: Int
  /// `exact` or `allreduce`.
  public let reduction: String
  /// `fp32` or `bf16`.
  public let precision: String
  /// The library of the matrix products.
  public let matrixProducts: String

  package init(_ run: RunAssembly, environment: [String] = []) {
    self.environment = environment
    let parallel = run.configuration.parallel
    parameterCount = run.model.layout.parameterCount
    imageCount = run.data.training.count
    classNames = run.data.training.classNames
    learnsClasses = run.data.training.kind == .classes
    task = run.task.description
    notes = run.data.notes
    globalBatchSize = parallel.globalBatchSize
    gradientShards = parallel.gradientShards
    stepsPerEpoch = run.stepsPerEpoch
    totalSteps = run.schedule.totalSteps
    rankCount = run.world.size
    workerCount = run.workers
    reduction = parallel.reduction.rawValue
    precision = run.precision.rawValue
    matrixProducts = MatrixProducts.name
  }

  /// Ranks and workers in words.
  var crew: String {
    let ranks = rankCount == 1 ? "1 rank" : "\(rankCount) ranks"
    return "\(ranks) of \(workerCount) worker\(workerCount == 1 ? "" : "s")"
  }
}
