// From an error to an exit code: what scripts and schedulers act on.

import Checkpoints
import DataParallel
import Foundation
import ImageData
import MPI
import RunConfig

/// Exit codes of the program.
public enum ExitCode {
  public static let success: Int32 = 0
  public static let unexpected: Int32 = 1
  public static let usage: Int32 = 2
  public static let configuration: Int32 = 3
  public static let data: Int32 = 4
  public static let checkpoint: Int32 = 5
  public static let launch: Int32 = 6
  public static let numerical: Int32 = 7
  public static let inputOutput: Int32 = 8
  public static let replicasDiffer: Int32 = 10
  /// Stopped on request with a valid checkpoint; safe to requeue.
  public static let stopped: Int32 = 75

  /// The code for an error.
  public static func code(for error: any Error) -> Int32 {
    switch error {
    case is ConfigurationError: configuration
    case DataError.unwritable, SynthesisError.unwritable, ImportError.unwritable: inputOutput
    case SynthesisError.unusable: usage
    case is DataError, is ImportError, is TooManyBadSamples, is SynthesisError: data
    case let error as CheckpointError: error.exitCode
    case is LaunchError, is MPIError: launch
    case is NumericalError: numerical
    case is RunDirectoryError: inputOutput
    case is ReplicasDiffer: replicasDiffer
    case let error as RunError: error.exitCode
    default: unexpected
    }
  }
}

/// A request that contradicts the state of a run.
public struct RunError: Error, Equatable, Sendable, CustomStringConvertible {
  public let exitCode: Int32
  public let description: String
  public init(_ description: String, exitCode: Int32) {
    self.description = description
    self.exitCode = exitCode
  }
}

/// More samples than allowed could not be read.
public struct TooManyBadSamples: Error, Equatable, CustomStringConvertible {
  public let skipped: Int
  public let seen: Int
  public let limit: Double

  public init(skipped: Int, seen: Int, limit: Double) {
    (self.skipped, self.seen, self.limit) = (skipped, seen, limit)
  }

  /// Samples that are always forgiven: a handful of bad files in a small set is no reason to stop.
  static let alwaysAllowed = 10

  public var description: String {
    "\(skipped) of \(seen) samples could not be read, more than data.maxBadFraction = \(limit) allows; "
      + "see the events `skipped` in metrics.jsonl, repair or remove the files, and run "
      + "`musiq-dist data index` again"
  }
}

/// One line for a person, whatever the error.
public func message(for error: any Error) -> String { "\(error)" }
