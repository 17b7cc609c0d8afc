// Was this job started by the launcher that the MPI library understands?

#if canImport(Glibc)
  import Glibc
#endif

/// The job was started in a way that cannot work. Exit code 6.
public enum LaunchError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The launcher started `expected` processes (environment variable `variable`), but each of them
  /// is alone in its own MPI world.
  case singletons(variable: String, expected: Int)
  /// The MPI library allows less threading than needed.
  case threadSupport(required: Int, provided: Int)

  public var description: String {
    switch self {
    case .singletons(let variable, let expected):
      """
      this process is rank 0 of 1, but \(variable)=\(expected) says that \(expected) processes were \
      started: each would train alone and overwrite the others. Start the job with \
      "srun --mpi=pmix" or with the mpirun that belongs to this program's MPI library \
      (Open MPI: libpmix-dev must be installed on every node for srun)
      """
    case .threadSupport(let required, let provided):
      """
      the MPI library gives thread support level \(provided), level \(required) is needed; use an MPI \
      library built with thread support (Open MPI: --enable-mpi-thread-multiple)
      """
    }
  }
}

/// Detects N independent copies of a program that should be N ranks of one job.
public enum LaunchCheck {
  /// Throws when the environment tells of several processes and `world` has one.
  public static func verify(_ world: Communicator) throws(LaunchError) {
    let problem = problem(size: world.size) { name in getenv(name).map { String(cString: $0) } }
    if let problem { throw problem }
  }

  /// The rule behind `verify`, for a world of `size` ranks and any environment.
  ///
  /// A launcher variable nearer to the process decides: `mpirun -n 1` inside of a Slurm job of 32 tasks
  /// is meant so.
  public static func problem(
    size: Int, environment: (String) -> String?
  ) -> LaunchError? {
    guard size == 1 else { return nil }
    for variable in ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS"] {
      guard let expected = environment(variable).flatMap({ Int($0) }) else { continue }
      return expected > 1 ? .singletons(variable: variable, expected: expected) : nil
    }
    return nil
  }
}
