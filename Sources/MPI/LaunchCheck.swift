// Was this job started by the launcher that the MPI library understands?

import Failures

/// The job was started in a way that cannot work.
public enum LaunchError: Failure, Equatable, Sendable {
  /// The launcher started `expected` processes (environment variable `variable`), but each of them
  /// is alone in its own MPI world.
  case singletons(variable: String, expected: Int)
  /// The batch system has reserved room for `expected` processes (environment variable `variable`), but
  /// this one was started by itself.
  case notLaunched(variable: String, expected: Int)
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
    case .notLaunched(let variable, let expected):
      """
      this process is rank 0 of 1 in a job with room for \(expected) (\(variable)=\(expected)): it was \
      started without a launcher
      """
    case .threadSupport(let required, let provided):
      "the MPI library gives thread support level \(provided), level \(required) is needed"
    }
  }
}

/// Detects N independent copies of a program that should be N ranks of one job, and one that should be.
public enum LaunchCheck {
  /// Throws when the environment tells of several processes and `world` has one.
  public static func verify(_ world: Communicator) throws(LaunchError) {
    if let problem = problem(size: world.size, .ofThisProcess) { throw problem }
  }

  /// The rule behind `verify`, for a world of `size` ranks and any environment.
  public static func problem(size: Int, _ environment: LauncherEnvironment) -> LaunchError? {
    guard size == 1 else { return nil }
    if let started = environment.size {
      return started.value > 1
        ? .singletons(variable: started.variable, expected: started.value) : nil
    }
    guard let reserved = environment.reserved, reserved.value > 1 else { return nil }
    return .notLaunched(variable: reserved.variable, expected: reserved.value)
  }
}
