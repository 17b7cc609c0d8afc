// The MPI side of a test process: one world, started once, ended when the process exits.

import MPI

#if canImport(Glibc)
  import Glibc
#endif

/// Rank tests run under `MUSIQ_TEST_RANKS=N mpirun -n N <test bundle> --filter RankTests --no-parallel`;
/// in an ordinary test run they are disabled. Unit tests may use `world` too: it then has one rank.
public enum RankSuite {
  /// Number of ranks the launcher was asked for, or nil in an ordinary test run.
  public static let expectedSize: Int? = getenv("MUSIQ_TEST_RANKS").flatMap {
    Int(String(cString: $0))
  }

  /// True when this process was started by a rank test run.
  public static var isLaunched: Bool { expectedSize != nil }

  private static let shared = Result { () throws -> Communicator in
    // Unit tests of several suites share the process and its threads.
    try MPIEnvironment.initialize(threads: isLaunched ? .serialized : .multiple)
    // A process of unit tests just ends: it has opened hundreds of deliberately damaged HDF5 files, and
    // HDF5's clean-up in MPI_Finalize was seen to abort on the heap afterwards.
    if isLaunched { atexit { MPIEnvironment.finalize() } }
    return try Communicator.world()
  }

  /// The one communicator of this process; MPI starts at the first use.
  public static var world: Communicator { get throws { try shared.get() } }
}
