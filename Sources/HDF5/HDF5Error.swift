// What went wrong in HDF5, in the library's words.

import CHDF5
import Failures

/// A failed HDF5 call.
public struct HDF5Error: Failure, Equatable, Sendable {
  /// The C function, for example `H5Fopen`.
  public let function: String
  /// The file, or file and object inside of it, that it was about.
  public let object: String
  /// The outermost message of the error stack: what was tried.
  public let outermost: String
  /// The innermost message: the cause, often with the system's error number.
  public let innermost: String

  init(function: String, object: String, reason: String) {
    self.function = function
    self.object = object
    outermost = reason
    innermost = reason
  }

  /// Reads and clears the error stack of the library; the caller holds the lock.
  init(function: String, object: String) {
    final class Messages { var all: [String] = [] }
    let messages = Messages()
    let stack = chdf5_error_default()
    _ = H5Ewalk2(
      stack, H5E_WALK_DOWNWARD,
      { _, entry, client in
        guard let client, let text = entry?.pointee.desc else { return 0 }
        Unmanaged<Messages>.fromOpaque(client).takeUnretainedValue().all.append(
          String(cString: text))
        return 0
      }, Unmanaged.passUnretained(messages).toOpaque())
    _ = H5Eclear2(stack)
    self.function = function
    self.object = object
    outermost = messages.all.first ?? "no message"
    innermost = messages.all.last ?? "no message"
  }

  public var kind: FailureKind { .inputOutput }

  public var description: String {
    let cause = innermost == outermost ? "" : ": \(innermost)"
    return "\(object): \(outermost)\(cause) (\(function))"
  }
}
