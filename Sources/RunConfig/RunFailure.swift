// From an error to an exit code: what scripts and schedulers act on.

import Checkpoints
import Configuration
import DataParallel
import DatasetReaders
import Foundation
import ImageData
import MPI
import SyntheticImages
import Tables

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
    case DataError.unwritable, SynthesisError.unwritable, TableError.unwritable: inputOutput
    case SynthesisError.unusable: usage
    case is DataError, is ImportError, is TableError, is SynthesisError: data
    case let error as CheckpointError: error.exitCode
    case is LaunchError, is MPIError: launch
    case is ReplicasDiffer: replicasDiffer
    case let error as any ExitCoded: error.exitCode
    default: unexpected
    }
  }
}

/// An error that knows the code it ends the program with.
public protocol ExitCoded: Error {
  var exitCode: Int32 { get }
}

/// A request that contradicts the state of a run.
public struct RunError: ExitCoded, Equatable, Sendable, CustomStringConvertible {
  public let exitCode: Int32
  public let description: String
  public init(_ description: String, exitCode: Int32) {
    self.description = description
    self.exitCode = exitCode
  }
}
