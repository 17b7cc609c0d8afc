// A group of ranks that talk to each other. Each collective is an extension in a file of its own.

import CMPI

#if canImport(Glibc)
  import Glibc
#endif

/// An MPI communicator with errors returned as Swift errors.
///
/// All methods marked *Collective* are called by every rank in the same order. The handle is immutable
/// and MPI is initialized for calls from any thread, one at a time; that they do not overlap is the
/// caller's promise, hence `@unchecked Sendable`. Communicators live until `MPI_Finalize`: freeing is
/// collective and object lifetimes are not.
public final class Communicator: @unchecked Sendable {
  /// The C handle, for libraries that build on MPI (parallel HDF5).
  public let handle: MPI_Comm
  /// Number of this process, `0 ..< size`.
  public let rank: Int
  /// Number of processes.
  public let size: Int

  private init(adopting handle: MPI_Comm) throws {
    try check(
      "MPI_Comm_set_errhandler", MPI_Comm_set_errhandler(handle, cmpi_errors_return()))
    var rank: CInt = 0
    var size: CInt = 0
    try check("MPI_Comm_rank", MPI_Comm_rank(handle, &rank))
    try check("MPI_Comm_size", MPI_Comm_size(handle, &size))
    self.handle = handle
    self.rank = Int(rank)
    self.size = Int(size)
  }

  /// A duplicate of `MPI_COMM_WORLD`, so that our messages never meet those of other libraries.
  /// - Collective: all processes of the job, after `MPIEnvironment.initialize`.
  public static func world() throws -> Communicator { try duplicate(cmpi_comm_world()) }

  /// A communicator of this process alone (a duplicate of `MPI_COMM_SELF`): code for many ranks then
  /// runs on one, also in the middle of a job of many.
  public static func alone() throws -> Communicator { try duplicate(cmpi_comm_self()) }

  private static func duplicate(_ original: @autoclosure () -> MPI_Comm) throws -> Communicator {
    guard MPIEnvironment.isInitialized else {
      throw MPIError(
        function: "MPI_Comm_dup", message: "MPI is not running; call MPIEnvironment.initialize()")
    }
    var copy: MPI_Comm = cmpi_comm_null()
    try check("MPI_Comm_dup", cmpi_comm_dup(original(), &copy))
    return try Communicator(adopting: copy)
  }

  /// Returns when every rank has called it (`MPI_Barrier`).
  /// - Collective.
  public func barrier() throws { try check("MPI_Barrier", MPI_Barrier(handle)) }

  /// Waits until every rank has called this, at most `seconds` long, for ever if nil (`MPI_Ibarrier`).
  ///
  /// For ranks that may be alone with an error: unlike `barrier`, it comes back without the others.
  /// - Returns: whether all ranks are here; false on some of them and true on others is possible, when
  ///   the last one comes just in time.
  /// - Collective: at the end of this communicator's life, for a meeting that failed stays pending.
  public func meet(withinSeconds seconds: Double?) throws -> Bool {
    var request = Request()
    let deadline = seconds.map { ContinuousClock.now + .seconds($0) }
    var handle: MPI_Request = cmpi_request_null()
    do {
      try check("MPI_Ibarrier", cmpi_ibarrier(self.handle, &handle))
      request.append(handle)
      while try !request.isComplete(), deadline.map({ ContinuousClock.now < $0 }) ?? true {
        usleep(2000)
      }
    } catch {
      request.abandon()
      throw error
    }
    let isComplete = request.pendingCount == 0
    request.abandon()
    return isComplete
  }

  /// The arrays of the ranks on this rank's machine, in rank order, and this rank's place among them.
  ///
  /// The ranks of a machine are those that can share memory (`MPI_Comm_split_type` with
  /// `MPI_COMM_TYPE_SHARED`, MPI 3.1, § 6.4.2).
  /// - Collective.
  public func allGatherOnNode<Element: MPIElement>(
    _ values: [Element]
  ) throws -> (place: Int, values: [[Element]]) {
    var handle: MPI_Comm = cmpi_comm_null()
    try check(
      "MPI_Comm_split_type", cmpi_comm_split_shared(self.handle, CInt(rank), &handle))
    let node = try Communicator(adopting: handle)
    let result = (node.rank, try node.allGather(values))
    try check("MPI_Comm_free", cmpi_comm_free(&handle))
    return result
  }

  /// Ends the whole job at once with exit code `code` (`MPI_Abort`), from any single rank.
  public func abort(code: Int32) -> Never { MPIEnvironment.abort(code: code) }

  /// The name of the machine this rank runs on (`MPI_Get_processor_name`).
  public var processorName: String {
    text(capacity: cmpi_max_processor_name()) { MPI_Get_processor_name($0, $1) }
  }
}
