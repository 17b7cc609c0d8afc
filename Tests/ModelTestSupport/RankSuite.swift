// The MPI side of a test process: one world, started once, ended when the process exits.

import MPI

#if canImport(Glibc)
  import Glibc
#endif

/// Rank tests run under `MUSIQ_TEST_RANKS=N mpirun -n N <test bundle> --filter RankTests --no-parallel`;
/// in an ordinary test run they are disabled. Unit tests may use `world` too: it then has one rank. Their
/// process runs one test at a time, as the program has one thread for MPI and HDF5, and says so with
/// `MUSIQ_TEST_SERIAL=1`: parallel tests would duplicate one communicator at the same time, which MPI
/// forbids.
public enum RankSuite {
  /// Number of ranks the launcher was asked for, or nil in an ordinary test run.
  public static let expectedSize: Int? = getenv("MUSIQ_TEST_RANKS").flatMap {
    Int(String(cString: $0))
  }

  /// True when this process was started by a rank test run.
  public static var isLaunched: Bool { expectedSize != nil }

  private static let shared = Result { () throws -> Communicator in
    guard isLaunched || getenv("MUSIQ_TEST_SERIAL") != nil else {
      throw RankSuiteError(
        description: "tests with MPI need --no-parallel and MUSIQ_TEST_SERIAL=1, see Tests/run.sh")
    }
    try MPIEnvironment.initialize()
    atexit { MPIEnvironment.finalize() }
    return try Communicator.world()
  }

  /// The one communicator of this process; MPI starts at the first use.
  public static var world: Communicator { get throws { try shared.get() } }
}

struct RankSuiteError: Error, CustomStringConvertible {
  let description: String
}
