// What a run must know to go on as if it had never stopped, besides its tensors.

/// The training state of a checkpoint. The position in the data is (seed, epoch, cursor); all random
/// numbers follow from these, so there is no generator state to keep.
public struct CheckpointState: Codable, Equatable, Sendable {
  /// Bytes of a configuration in a file at most: with the names of 21,841 classes it has up to 2 MiB.
  public static let configurationLimit = 16 << 20

  /// Optimizer steps of the run so far.
  public var step: Int
  /// Epoch of the next sample, from 0.
  public var epoch: Int
  /// Samples of this epoch that are used already.
  public var cursor: Int
  public var seed: UInt64
  /// Updates the moments have seen (bias correction); differs from `step` after skipped updates.
  public var optimizerStep: Int
  /// The resolved configuration of the run as YAML.
  public var configuration: String
  /// Name and version of the program that wrote the checkpoint.
  public var program: String
  /// Number of ranks that wrote it; information only, any number can read it.
  public var worldSize: Int
  /// For example `adamw`; information only, the names of the moments decide.
  public var optimizerKind: String
  /// What the run was trained on; nil if that is not known, as in models of other programs.
  public var training: TrainingSetIdentity?
  /// Time of writing, ISO 8601 in UTC; empty: filled in by the writer.
  public var createdAt: String
  /// Figure of the validation set at this step; nil if it was not measured.
  public var validation: ValidationFigure?

  public init(
    step: Int, epoch: Int, cursor: Int, seed: UInt64, optimizerStep: Int, configuration: String,
    program: String, worldSize: Int, optimizerKind: String, training: TrainingSetIdentity? = nil,
    createdAt: String = "", validation: ValidationFigure? = nil
  ) {
    self.step = step
    self.epoch = epoch
    self.cursor = cursor
    self.seed = seed
    self.optimizerStep = optimizerStep
    self.configuration = configuration
    self.program = program
    self.worldSize = worldSize
    self.optimizerKind = optimizerKind
    self.training = training
    self.createdAt = createdAt
    self.validation = validation
  }
}
