// Exit codes: what scripts and schedulers act on.

import DataParallel
import Failures

/// Exit codes of the program.
public enum ExitCode {
  public static let success: Int32 = 0
  /// An error without a kind: a mistake in this program.
  public static let unexpected: Int32 = 1
  /// Stopped on request with a valid checkpoint; safe to requeue.
  public static let stopped: Int32 = 75

  public static let usage = code(for: .usage)
  public static let data = code(for: .data)
  public static let checkpoint = code(for: .checkpoint)
  public static let launch = code(for: .launch)

  /// The code for a kind of failure.
  public static func code(for kind: FailureKind) -> Int32 {
    switch kind {
    case .usage: 2
    case .configuration: 3
    case .data: 4
    case .checkpoint: 5
    case .launch: 6
    case .numerical: 7
    case .inputOutput: 8
    case .hang: 9
    case .replicas: 10
    }
  }

  /// The code for an error; a worker's is that of what it failed with.
  public static func code(for error: any Error) -> Int32 {
    let kind = (error as? any Failure)?.kind ?? (error as? WorkerFailure)?.cause
    return kind.map { code(for: $0) } ?? unexpected
  }
}
