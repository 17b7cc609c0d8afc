// What the launcher and the batch system tell a process by environment variables, before MPI has started
// or where MPI has no word for it. The only place that knows their names.

#if canImport(Glibc)
  import Glibc
#endif

/// The variables of Open MPI's mpirun, PMIx, PMI (MPICH, Intel MPI), Slurm and PBS.
public struct LauncherEnvironment: Sendable, Equatable {
  /// A number and the variable that says it.
  public struct Figure: Sendable, Equatable {
    public let variable: String
    public let value: Int

    public init(variable: String, value: Int) { (self.variable, self.value) = (variable, value) }
  }

  /// The rank of this process in its job; nil without a launcher.
  public let rank: Figure?
  /// Processes that were started together; nil if nothing tells.
  public let size: Figure?
  /// Whether this process belongs to a job of a batch system, whose output is a file.
  public let isBatchJob: Bool

  // A variable nearer to the process comes first: `mpirun -n 1` inside of a Slurm job of 32 tasks starts
  // one process. PMIx tells the rank alone.
  private static let rankVariables = [
    "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID",
  ]
  private static let sizeVariables = [
    "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS",
  ]
  private static let batchVariables = ["SLURM_JOB_ID", "PBS_JOBID"]

  /// From any environment.
  /// - Parameter value: the value of a variable; nil if it is not set.
  public init(_ value: (String) -> String?) {
    func first(of names: [String]) -> Figure? {
      for name in names {
        if let value = value(name).flatMap({ Int($0) }) {
          return Figure(variable: name, value: value)
        }
      }
      return nil
    }
    rank = first(of: Self.rankVariables)
    size = first(of: Self.sizeVariables)
    isBatchJob = Self.batchVariables.contains { value($0) != nil }
  }

  /// Of this process (`getenv`).
  public static let ofThisProcess = LauncherEnvironment { name in
    getenv(name).map { String(cString: $0) }
  }

  /// Whether this process speaks for its job before MPI has told it its rank.
  public var isFirstProcess: Bool { (rank?.value ?? 0) == 0 }
}
