// What the launcher and the batch system tell a process by environment variables, before MPI has started
// or where MPI has no word for it. The only place that knows their names.

#if canImport(Glibc)
  import Glibc
#endif

/// The variables of Open MPI's mpirun, PMIx, PMI (MPICH, Intel MPI), Slurm, PBS, LSF and Flux.
public struct LauncherEnvironment: Sendable, Equatable {
  /// A number and the variable that says it.
  public struct Figure: Sendable, Equatable {
    public let variable: String
    public let value: Int

    public init(variable: String, value: Int) { (self.variable, self.value) = (variable, value) }
  }

  /// A job of a batch system.
  public struct BatchJob: Codable, Sendable, Equatable {
    /// Its number and the variable that says it, such as `SLURM_JOB_ID=17`.
    public let name: String
    /// How often it was started again; 0 where nothing tells.
    public let restarts: Int

    public init(name: String, restarts: Int) { (self.name, self.restarts) = (name, restarts) }
  }

  /// The rank of this process in its job; nil without a launcher.
  public let rank: Figure?
  /// Processes that were started together; nil if nothing tells.
  public let size: Figure?
  /// Processes that the batch system has room for, started or not; nil outside of one.
  public let reserved: Figure?
  /// The job of a batch system that this process belongs to.
  public let batchJob: BatchJob?

  // A variable nearer to the process comes first: `mpirun -n 1` inside of a Slurm job of 32 tasks starts
  // one process. PMIx tells the rank alone. Slurm's variables of steps are those of `srun`; those of the
  // job are there in the shell of `salloc`, too.
  private static let rankVariables = [
    "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID",
  ]
  private static let sizeVariables = [
    "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS",
  ]
  private static let reservedVariables = ["SLURM_NTASKS"]
  private static let jobVariables = ["SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "FLUX_JOB_ID"]

  /// Names of the programs that start ranks as their children and pass on what these write.
  public static let launcherPrograms = ["mpirun", "mpiexec", "orterun", "prterun", "prte"]

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
    reserved = first(of: Self.reservedVariables)
    let restarts = value("SLURM_RESTART_COUNT").flatMap { Int($0) } ?? 0
    batchJob = Self.jobVariables.first { value($0) != nil }.map {
      BatchJob(name: "\($0)=\(value($0) ?? "")", restarts: restarts)
    }
  }

  /// Of this process (`getenv`).
  public static let ofThisProcess = LauncherEnvironment { name in
    getenv(name).map { String(cString: $0) }
  }

  /// Whether this process speaks for its job before MPI has told it its rank.
  public var isFirstProcess: Bool { (rank?.value ?? 0) == 0 }
}
