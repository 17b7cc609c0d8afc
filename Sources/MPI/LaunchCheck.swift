// Was this job started by the launcher that the MPI library understands?

import Failures

/// The job was started in a way that cannot work.
public enum LaunchError: Failure, Equatable, Sendable {
  /// The launcher started `expected` processes (environment variable `variable`), but each of them
  /// is alone in its own MPI world.
  case singletons(variable: String, expected: Int)
  /// The MPI library allows less threading than needed.
  case threadSupport(required: Int, provided: Int)

  public var kind: FailureKind { .launch }

  public var description: String {
    switch self {
    case .singletons(let variable, let expected):
      """
      this process is rank 0 of 1, but \(variable)=\(expected) says that \(expected) processes were \
      started: each would train alone and overwrite the others
      """
    case .threadSupport(let required, let provided):
      "the MPI library gives thread support level \(provided), level \(required) is needed"
    }
  }
}

/// Detects N independent copies of a program that should be N ranks of one job.
public enum LaunchCheck {
  /// Throws when the environment tells of several processes and `world` has one.
  public static func verify(_ world: Communicator) throws(LaunchError) {
    if let problem = problem(size: world.size, .ofThisProcess) { throw problem }
  }

  /// The rule behind `verify`, for a world of `size` ranks and any environment.
  public static func problem(size: Int, _ environment: LauncherEnvironment) -> LaunchError? {
    guard size == 1, let expected = environment.size, expected.value > 1 else { return nil }
    return .singletons(variable: expected.variable, expected: expected.value)
  }
}
