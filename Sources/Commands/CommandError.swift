// Errors of the command line itself: requests that the libraries never see.

import Failures

/// A request that cannot be fulfilled, in the words of the command line.
public struct CommandError: SharedFailure, Equatable {
  public let kind: FailureKind
  public let description: String

  public init(_ description: String, kind: FailureKind) {
    (self.kind, self.description) = (kind, description)
  }

  /// Another error with its words, so that work that fails in many ways can tell them to other ranks.
  /// - Parameter otherwise: the kind of an error that does not say it.
  public init(_ error: any Error, otherwise: FailureKind) {
    kind = (error as? any Failure)?.kind ?? otherwise
    description = words(for: error)
  }
}
