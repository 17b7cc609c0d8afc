// Why a run cannot begin or go on: settings, data and files that contradict each other.

import Failures
import Labels
import Layers

/// A run that contradicts its data, its initial model or its directory. Configuration keys are named,
/// because they are the language of a run.
public enum TrainingError: SharedFailure, Equatable {
  /// Outputs of a model and what they mean.
  public struct Head: Codable, Equatable, Sendable {
    public var outputs: Int
    public var kind: LabelKind
    /// Of classes and attributes.
    public var names: BriefList

    public init(outputs: Int, kind: LabelKind, names: BriefList = BriefList([])) {
      (self.outputs, self.kind, self.names) = (outputs, kind, names)
    }

    /// `3 outputs (classes: 3 (ant, bee, cat))`.
    fileprivate var text: String {
      "\(outputs) outputs (\(kind.rawValue)\(names.count > 0 ? ": \(names)" : ""))"
    }
  }

  /// A meaning of the outputs that the labels do not have.
  case scoreKind(kind: String, labels: String)
  /// Fewer outputs than the set has classes.
  case tooFewOutputs(expected: Int, found: Int, root: String)
  /// Another number of outputs than the labels need; `labels` says what they are.
  case outputs(expected: Int, found: Int, labels: String)
  /// A loss that cannot compare outputs with the labels.
  case loss(ObjectiveConfiguration.Loss, labels: String)
  /// Scores that look like another scale than the set's: `own` is that scale, if it is a known one.
  case scale(root: String, found: String, range: ClosedRange<Double>, own: ClosedRange<Double>?)
  /// Training scores that are all the same; `name` is that of the attribute.
  case constantScores(root: String, count: Int, name: String?, score: Double)
  /// The head of the initial model cannot be kept; `found` is nil if it has none.
  case head(path: String, found: Head?, needed: Head)
  /// The configured model does not fit the initial one: keys that differ, parameters concerned.
  case initialModel(path: String, keys: [String], parameters: [String])
  /// A new run in a directory that has checkpoints.
  case occupied(directory: String, checkpoint: String)
  /// A run that would go on as another one.
  case changed(checkpoint: String, changes: [RunChange])
  /// A checkpoint beyond the end of the run as it is now.
  case pastEnd(checkpoint: String, step: Int, totalSteps: Int)
  /// A checkpoint from a place in the epoch that the data do not have.
  case fewerSamples(checkpoint: String, cursor: Int, root: String, count: Int)
  /// Repeats of a run that ends before its schedule.
  case repeatsOfPart
  /// Repeats without a validation set to compare them.
  case repeatsWithoutValidation
  case unwritable(path: String, reason: String)

  public var kind: FailureKind {
    switch self {
    case .occupied, .changed, .pastEnd, .fewerSamples: .checkpoint
    case .unwritable: .inputOutput
    case .scale, .constantScores: .data
    default: .configuration
    }
  }

  public var description: String {
    switch self {
    case .scoreKind(let kind, let labels): "model.score.kind is \(kind), but \(labels)"
    case .tooFewOutputs(let expected, let found, let root):
      "model.outputCount: expected at least \(expected), the number of classes in \(root), found "
        + "\(found)"
    case .outputs(let expected, let found, let labels):
      "model.outputCount: expected \(expected), found \(found): \(labels)"
    case .loss(let loss, let labels):
      "objective.loss is \(loss.rawValue), which is for \(Self.labels(of: loss)), but \(labels)"
    case .scale(let root, let found, let range, _):
      "labels of '\(root)': they look like \(found), but data.scoreRange is \(ScaleGuard.text(range))"
    case .constantScores(let root, let count, let name, let score):
      "labels of '\(root)': all \(count) training scores\(name.map { " of \($0)" } ?? "") are \(score): "
        + "there is nothing to learn"
    case .head(let path, let found, let needed):
      "\(path) has \(found.map(\.text) ?? "no head"), the data needs \(needed.text)"
    case .initialModel(let path, let keys, _):
      "the model does not fit \(path): \(keys.joined(separator: "; "))"
    case .occupied(let directory, let checkpoint): "\(directory) already holds \(checkpoint)"
    case .changed(let checkpoint, let changes):
      "the run in \(checkpoint) would go on as another one: "
        + changes.map(\.description).joined(separator: "; ")
    case .pastEnd(let checkpoint, let step, let totalSteps):
      "\(checkpoint) is of step \(step), and the run now ends at step \(totalSteps)"
    case .fewerSamples(let checkpoint, let cursor, let root, let count):
      "\(checkpoint) was written \(cursor) samples into an epoch, but \(root) has only \(count); go on "
        + "with the data that it was trained on"
    case .repeatsOfPart: "repeats run to the end of the schedule"
    case .repeatsWithoutValidation: "repeats need validation images to compare"
    case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
    }
  }

  /// The labels that a loss is for.
  private static func labels(of loss: ObjectiveConfiguration.Loss) -> String {
    switch loss {
    case .auto: "any labels"
    case .crossEntropy: "classes or ratings"
    case .absoluteError: "scores"
    case .earthMoversDistance: "ratings"
    }
  }
}
