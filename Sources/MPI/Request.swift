// Communication that is still under way.

import CMPI

/// One or more operations that were started and must be waited for.
///
/// A request can be neither copied nor forgotten: dropping one that is still pending traps, because the
/// library would go on writing into memory that its owner believes to be free.
public struct Request: ~Copyable {
  // Plain memory instead of an array: `discard self` asks for trivial fields.
  private var handles: UnsafeMutablePointer<MPI_Request>
  private var count = 0
  private var capacity = 1

  /// A request for nothing, complete from the beginning; others are added by `add`.
  public init() { handles = .allocate(capacity: 1) }

  deinit {
    precondition(count == 0, "an MPI request was dropped before wait()")
    handles.deallocate()
  }

  /// Number of operations added and not yet waited for.
  public var pendingCount: Int { count }

  /// Takes over all operations of `other`, so that one `wait` serves several starts.
  public mutating func add(_ other: consuming Request) {
    for index in 0..<other.count { append(other.handles[index]) }
    other.abandon()
  }

  /// Waits until all operations are complete (`MPI_Waitall`). The request is used up also when this
  /// throws.
  public consuming func wait() throws {
    let code = count == 0 ? MPI_SUCCESS : cmpi_waitall(CInt(count), handles)
    abandon()
    try check("MPI_Waitall", code)
  }

  /// Lets the library make progress and tells whether everything is complete (`MPI_Testall`); `wait`
  /// must follow, and then returns at once.
  public mutating func isComplete() throws -> Bool {
    guard count > 0 else { return true }
    var flag: CInt = 0
    try check("MPI_Testall", cmpi_testall(CInt(count), handles, &flag))
    if flag != 0 { count = 0 }
    return flag != 0
  }

  mutating func append(_ handle: MPI_Request) {
    if count == capacity {
      let larger = UnsafeMutablePointer<MPI_Request>.allocate(capacity: 2 * capacity)
      larger.moveInitialize(from: handles, count: count)
      handles.deallocate()
      handles = larger
      capacity *= 2
    }
    (handles + count).initialize(to: handle)
    count += 1
  }

  /// Frees the memory of the request without looking at its operations: they are complete, belong to
  /// another request, or a failed call leaves nothing better to do than to end the job.
  public consuming func abandon() {
    handles.deallocate()
    discard self
  }
}
