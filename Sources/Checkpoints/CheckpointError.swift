// What can go wrong with checkpoints, and what the caller may still do.

import Failures

/// An error that all ranks agree on, except for `mustAbort`, which one rank may have alone.
public struct CheckpointError: SharedFailure, Equatable {
  public enum Cause: String, Codable, Sendable {
    /// The disk or quota has no room; nothing was written, nothing lost.
    case noSpace
    /// The directory cannot be created, listed or changed.
    case directory
    /// What was written does not read back equal; the file is removed, older ones are intact.
    case verification
    /// An error in the middle of a collective write: the ranks cannot agree or close the file any more.
    case mustAbort
    /// A file is damaged, incomplete or not a checkpoint.
    case unreadable
    /// A sound checkpoint of another model or optimizer.
    case mismatch
    /// There are checkpoints, but none can be read.
    case noneUsable
  }

  public let cause: Cause
  /// The file or directory.
  public let path: String
  public let reason: String

  public init(_ cause: Cause, path: String, reason: String) {
    self.cause = cause
    self.path = path
    // Errors of lower levels name the file, too; once is enough.
    self.reason =
      reason.hasPrefix("\(path): ") ? String(reason.dropFirst(path.count + 2)) : reason
  }

  /// True when the job has to end by `Communicator.abort` at once.
  public var mustAbort: Bool { cause == .mustAbort }

  /// True when training may go on without this checkpoint.
  public var isRecoverable: Bool { [.noSpace, .directory, .verification].contains(cause) }

  public var kind: FailureKind {
    switch cause {
    case .unreadable, .mismatch, .noneUsable: .checkpoint
    case .noSpace, .directory, .verification, .mustAbort: .inputOutput
    }
  }

  public var description: String {
    switch cause {
    case .noSpace: "\(path): no space for the checkpoint: \(reason)"
    case .directory: "\(path): \(reason)"
    case .verification: "\(path): the checkpoint does not read back as written: \(reason)"
    case .mustAbort: "\(path): writing failed on this rank: \(reason)"
    case .unreadable: "\(path): not a usable checkpoint: \(reason)"
    case .mismatch:
      "\(path): a checkpoint of another model: \(reason); give the configuration it was written with"
    case .noneUsable:
      "\(path): no checkpoint can be read: \(reason); move them away to start from the beginning"
    }
  }
}
