// What kind of failure an error is. The libraries say what went wrong and of what kind it is; exit codes
// and advice about options belong to the command line.

/// Who has to act on a failure: the user, the operator of the machine, or the author of the program.
public enum FailureKind: String, Codable, Sendable, CaseIterable {
  /// A request that makes no sense.
  case usage
  /// Settings that are wrong, contradict each other or do not fit the model.
  case configuration
  /// Images, labels or lists that cannot be used.
  case data
  /// A stored model or run that cannot be used.
  case checkpoint
  /// Processes that were started wrongly or do not go together, or a failed call of the message passing
  /// library.
  case launch
  /// Numbers that are not finite.
  case numerical
  /// A file that cannot be read or written for the system's reasons.
  case inputOutput
  /// No progress within the time allowed.
  case hang
  /// Ranks that do not hold the same bits any more.
  case replicas
}

/// An error with a kind. Its `description` says what, where, and what was found and expected.
public protocol Failure: Error, CustomStringConvertible {
  var kind: FailureKind { get }
}

/// A failure that can be told to other ranks and be the same error there.
public protocol SharedFailure: Failure, Codable, Sendable {}
