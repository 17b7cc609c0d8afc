// Why stored models cannot be evaluated on a set.

import Failures
import Labels

/// Models and a labeled set that do not go together.
public enum EvaluationError: SharedFailure, Equatable {
  /// A request without a model.
  case noModels
  /// Rows of `part` are asked for, and no column says which they are.
  case noSplitColumn(part: DataSplit, path: String, column: String)
  /// Classes, and a model of scores.
  case classesForScores(root: String, model: String, outputs: Int, kind: LabelKind)
  /// Classes cannot be averaged over models.
  case ensembleOfClasses(root: String)
  /// Scores, and a model of classes.
  case scoresForClasses(root: String, model: String, outputs: Int)
  /// Attributes that the model does not have.
  case attributesDiffer(root: String, names: [String], model: String, modelNames: [String])
  /// No image of the set could be evaluated.
  case nothingEvaluated(root: String, model: String, failed: Int)
  /// A report that cannot be written.
  case unwritable(path: String, reason: String)

  public var kind: FailureKind {
    switch self {
    case .noModels: .usage
    case .unwritable: .inputOutput
    default: .data
    }
  }

  public var description: String {
    switch self {
    case .noModels: "no checkpoint to evaluate"
    case .noSplitColumn(_, let path, let column):
      "\(path.isEmpty ? "the set" : path) has no column '\(column)'"
    case .classesForScores(let root, let model, let outputs, let kind):
      "\(root) has classes, the model in \(model) has \(outputs) "
        + "\(outputs == 1 ? "output" : "outputs") (\(kind.rawValue))"
    case .ensembleOfClasses(let root): "ensembles average scores and ratings; \(root) has classes"
    case .scoresForClasses(let root, let model, let outputs):
      "\(root) has opinion scores, the model in \(model) has \(outputs) classes"
    case .attributesDiffer(let root, let names, let model, let modelNames):
      "\(root) has the attributes \(names.joined(separator: ", ")), the model in \(model) has "
        + "\(modelNames.joined(separator: ", ")); choose columns that it has"
    case .nothingEvaluated(let root, let model, let failed):
      "\(model): none of the \(failed) images of \(root) could be evaluated"
    case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
    }
  }
}
