// Start and end of MPI in this process.

import CMPI

#if canImport(Glibc)
  import Glibc
#endif

/// The MPI library of this process.
public enum MPIEnvironment {
  /// Starts MPI for calls from different threads, never at the same time (`MPI_THREAD_SERIALIZED`); a second
  /// call does nothing. Install `StopSignals` before.
  ///
  /// OMPIO, the default MPI-IO of Open MPI, hides write errors of collective writes, so it is switched
  /// off unless `OMPI_MCA_io` says something else. The C function is `MPI_Init_thread` (MPI 3.1,
  /// § 12.4.3).
  /// - Collective: every process of the job.
  /// - Throws: `MPIError`, or `LaunchError.threadSupport` when the library is built without it.
  public static func initialize() throws {
    guard !isInitialized else { return }
    setenv("OMPI_MCA_io", "^ompio", 0)
    let required = cmpi_thread_serialized()
    var provided: CInt = 0
    try check("MPI_Init_thread", MPI_Init_thread(nil, nil, required, &provided))
    // Errors become Swift errors instead of ending the job inside the library.
    for communicator in [cmpi_comm_world(), cmpi_comm_self()] {
      try check(
        "MPI_Comm_set_errhandler", MPI_Comm_set_errhandler(communicator, cmpi_errors_return()))
    }
    guard provided >= required else {
      throw LaunchError.threadSupport(required: Int(required), provided: Int(provided))
    }
  }

  /// True between `initialize` and `finalize`: MPI calls are allowed.
  public static var isInitialized: Bool {
    var started: CInt = 0
    var ended: CInt = 0
    guard MPI_Initialized(&started) == MPI_SUCCESS, MPI_Finalized(&ended) == MPI_SUCCESS else {
      return false
    }
    return started != 0 && ended == 0
  }

  /// Ends MPI after a barrier: mpirun kills the slower ranks of a job when one exits early with an
  /// error, so all ranks leave together. Does nothing when MPI is not running.
  /// - Collective: every process of the job, with all files closed.
  public static func finalize() {
    guard isInitialized else { return }
    // The process is about to exit with its own code; a failure here changes nothing.
    _ = MPI_Barrier(cmpi_comm_world())
    _ = MPI_Finalize()
  }

  /// Ends all processes of the job with exit code `code`; works before and after MPI's life, too.
  public static func abort(code: Int32) -> Never {
    if isInitialized { _ = MPI_Abort(cmpi_comm_world(), code) }
    _exit(code)
  }

  /// Name and version of the library, first line, for example `Open MPI v4.1.4, …`.
  public static var libraryVersion: String {
    let all = text(capacity: cmpi_max_library_version_string()) {
      MPI_Get_library_version($0, $1)
    }
    return String(all.prefix { $0 != "\n" })
  }
}
