// Why a file of predictions cannot be used.

import Failures

/// A file of predictions that cannot be written or continued.
public enum PredictionError: SharedFailure, Equatable {
  /// A table to append to that has other columns than `expected`.
  case otherColumns(path: String, expected: String)
  /// A file to append to that has other lines than predictions.
  case foreignLine(path: String)
  /// A file with scores of other models, which are not to be taken for those of this one.
  case otherModel(path: String, found: [String], own: String, checkpoint: String)
  /// Images, and no score.
  case nothingScored(count: Int, first: String, reason: String)
  /// `path` is empty for standard output.
  case unwritable(path: String, reason: String)

  public var kind: FailureKind { if case .unwritable = self { .inputOutput } else { .data } }

  public var description: String {
    switch self {
    case .otherColumns(let path, let expected):
      "\(path) has other columns than this model's (\(expected)); write to another file"
    case .foreignLine(let path):
      "\(path) has a line that is no row of predict; write to another file"
    case .otherModel(let path, let found, let own, let checkpoint):
      "\(path) has scores of model \(found.joined(separator: ", ")); \(checkpoint) with these settings is "
        + "model \(own)"
    case .nothingScored(let count, let first, let reason):
      count == 1
        ? "\(first) cannot be scored: \(reason)"
        : "none of \(count) images can be scored; the first is '\(first)': \(reason)"
    case .unwritable(let path, let reason):
      "cannot write \(path.isEmpty ? "to standard output" : path): \(reason)"
    }
  }
}
