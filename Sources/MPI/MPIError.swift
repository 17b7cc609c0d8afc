// The one door through which every return code of the MPI library goes.

import CMPI
import Failures

/// A failed MPI call, with the library's own words.
///
/// Errors of one rank are not errors of all: whoever catches one and cannot prove that all ranks have
/// it must end the job by `Communicator.abort(code:)`.
public struct MPIError: Failure, Equatable {
  /// The C function that failed, for example `MPI_Allreduce`.
  public let function: String
  /// Its return code, implementation-defined.
  public let code: Int32
  /// The standard class of the code, for example `MPI_ERR_TRUNCATE`.
  public let errorClass: Int32
  /// The text of `MPI_Error_string`.
  public let message: String

  init(function: String, code: CInt) {
    var errorClass: CInt = code
    if MPI_Error_class(code, &errorClass) != MPI_SUCCESS { errorClass = code }
    self.function = function
    self.code = code
    self.errorClass = errorClass
    self.message = text(capacity: cmpi_max_error_string()) { MPI_Error_string(code, $0, $1) }
  }

  init(function: String, message: String) {
    self.function = function
    self.code = -1
    self.errorClass = -1
    self.message = message
  }

  public var kind: FailureKind { .launch }

  public var description: String {
    code < 0 ? "\(function): \(message)" : "\(function) failed with code \(code): \(message)"
  }
}

/// Throws `MPIError` unless `code` is `MPI_SUCCESS`.
func check(_ function: String, _ code: CInt) throws {
  guard code == MPI_SUCCESS else { throw MPIError(function: function, code: code) }
}

/// `count` as the C library wants it.
func cCount(_ count: Int, in function: String) throws -> CInt {
  guard let result = CInt(exactly: count) else {
    throw MPIError(
      function: function,
      message: "\(count) elements in one call, at most \(CInt.max) are possible")
  }
  return result
}

/// The text a C function writes into a buffer of `capacity` bytes, reporting its length.
func text(
  capacity: CInt, _ fill: (UnsafeMutablePointer<CChar>, UnsafeMutablePointer<CInt>) -> CInt
) -> String {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(capacity) + 1) { buffer in
    guard let start = buffer.baseAddress else { return "" }
    buffer.initialize(repeating: 0)
    var length: CInt = 0
    guard fill(start, &length) == MPI_SUCCESS else { return "(no text)" }
    return String(cString: start)
  }
}
