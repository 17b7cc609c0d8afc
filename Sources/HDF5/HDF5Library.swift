// Start-up of the HDF5 library and the one door through which every call goes.

import CHDF5
import Synchronization

/// State of the HDF5 library in this process.
///
/// The library starts at the first call. With MPI this must come after `MPIEnvironment.initialize`,
/// else HDF5 does not clean up before `MPI_Finalize`. Debian's parallel build is not thread-safe, so
/// every call, together with reading its error stack, holds one lock.
public enum HDF5Library {
  private struct State {
    var isStarted = false
    var parallelFailed = false
  }

  private static let state = Mutex(State())

  /// Version of the library, for example `1.10.8`.
  public static var version: String {
    var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
    do {
      try check("H5get_libversion", "library") { H5get_libversion(&major, &minor, &release) }
      return "\(major).\(minor).\(release)"
    } catch {
      return "unknown"
    }
  }

  /// Number of identifiers of files, groups, datasets and attributes that are open in this process.
  public static func openHandleCount() throws -> Int {
    try check("H5Fget_obj_count", "all files") {
      H5Fget_obj_count(chdf5_all_files(), chdf5_all_objects())
    }
  }

  /// True after an error in a file that is open on several ranks: nothing of such files is closed any
  /// more, because closing is collective and would hang. The job has to end by `MPI_Abort`.
  public static var parallelFailed: Bool { state.withLock { $0.parallelFailed } }

  /// Runs one C call; a negative result becomes an `HDF5Error` about `object`.
  @discardableResult
  static func check<Code: SignedInteger & Sendable>(
    _ function: String, _ object: String, parallel: Bool = false, _ body: () -> Code
  ) throws(HDF5Error) -> Code {
    let result: Result<Code, HDF5Error> = state.withLock { state in
      if !state.isStarted {
        start()
        state.isStarted = true
      }
      let code = body()
      if code >= 0 { return .success(code) }
      if parallel { state.parallelFailed = true }
      return .failure(HDF5Error(function: function, object: object))
    }
    return try result.get()
  }

  /// Closes an identifier of any kind at the end of its owner's life, where no error can be thrown.
  static func release(_ id: hid_t, parallel: Bool) {
    state.withLock { state in
      if !(parallel && state.parallelFailed) { _ = H5Idec_ref(id) }
    }
  }

  /// First of all no exit handler (it would close files collectively when a rank dies alone); then no
  /// printing, no plug-ins, no links into other files.
  private static func start() {
    _ = H5dont_atexit()
    _ = H5open()
    _ = H5Eset_auto2(chdf5_error_default(), nil, nil)
    _ = H5PLset_loading_state(0)
    _ = H5Lunregister(H5L_TYPE_EXTERNAL)
  }
}

/// An identifier of the library, closed at the end of its owner's life.
struct Identifier: ~Copyable {
  let id: hid_t
  /// True when it belongs to a file that is open on all ranks.
  let isParallel: Bool

  init(
    _ function: String, _ object: String, parallel: Bool = false, _ body: () -> hid_t
  ) throws(HDF5Error) {
    id = try HDF5Library.check(function, object, parallel: parallel, body)
    isParallel = parallel
  }

  deinit { HDF5Library.release(id, parallel: isParallel) }

  /// The identifier, to be closed by the caller.
  consuming func take() -> hid_t {
    let id = id
    discard self
    return id
  }
}
