// What can be wrong with a table, and its words.

import Failures

/// A table that cannot be read or written.
public enum TableError: SharedFailure, Equatable {
  /// A file or folder cannot be opened, with the system's reason.
  case unreadable(path: String, reason: String)
  /// A file that is not what its name promises, or a damaged one.
  case damaged(path: String, reason: String)
  /// A row that cannot be understood.
  case row(path: String, line: Int, problem: String)
  /// The table cannot be written.
  case unwritable(path: String, reason: String)
}

extension TableError {
  public var kind: FailureKind { if case .unwritable = self { .inputOutput } else { .data } }

  /// What is wrong, and where.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read '\(path)': \(reason)"
    case .damaged(let path, let reason): "cannot use '\(path)': \(reason)"
    case .row(let path, let line, let problem): "\(path):\(line): \(problem)"
    case .unwritable(let path, let reason): "cannot write '\(path)': \(reason)"
    }
  }
}
