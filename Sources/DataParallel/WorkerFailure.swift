// The error of one worker thread becomes the error of the step, on every rank.

import Failures
import MPI

/// A worker thread of some rank ended with an error; the step has changed nothing.
public struct WorkerFailure: Error, Codable, Equatable, CustomStringConvertible {
  /// The lowest rank with a failed worker.
  public let rank: Int
  public let host: String
  /// The error in words.
  public let reason: String
  /// The kind of the error, if it has one.
  public let cause: FailureKind?

  public init(rank: Int, host: String, reason: String, cause: FailureKind? = nil) {
    (self.rank, self.host) = (rank, host)
    (self.reason, self.cause) = (reason, cause)
  }

  /// The failure that all ranks agree on, after all have heard that a worker of some rank failed.
  /// - Parameter own: the error of this rank's workers; nil if they did their work.
  /// - Collective.
  public static func agreed(from own: (any Error)?, world: Communicator) throws -> WorkerFailure {
    let failure = own.map {
      WorkerFailure(
        rank: world.rank, host: world.processorName, reason: "\($0)",
        cause: ($0 as? any Failure)?.kind)
    }
    guard let first = try world.gather(failure).compactMap({ $0 }).first else {
      preconditionFailure("expected the error of a worker on some rank, found none")
    }
    return first
  }

  public var description: String { "a worker of rank \(rank) on \(host) failed: \(reason)" }
}
