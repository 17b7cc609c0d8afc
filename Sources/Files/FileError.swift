// The one error of file access: which call on which file failed, and why.

import Failures

#if canImport(Glibc)
  import Glibc
#endif

/// A system call that failed, or a file that was refused.
public struct FileError: SharedFailure, Hashable {
  /// The C function, such as `open`.
  public let call: String
  /// The file or directory.
  public let path: String
  /// A value of `errno`.
  public let code: Int32
  /// Why, without path and call: "No such file or directory".
  public let reason: String

  /// - Parameter reason: nil for the system's words (`strerror`).
  public init(_ call: String, _ path: String, code: Int32 = errno, reason: String? = nil) {
    self.call = call
    self.path = path
    self.code = code
    self.reason = reason ?? String(cString: strerror(code))
  }

  public var kind: FailureKind { .inputOutput }
  /// Why, with the call: "open: No such file or directory".
  public var detail: String { "\(call): \(reason)" }
  public var description: String { "\(path): \(detail)" }

  /// Whether there is no such file.
  public var isMissing: Bool { code == ENOENT }
  /// Whether disk, quota or file size limit have no room for more.
  public var isFull: Bool { [ENOSPC, EDQUOT, EFBIG].contains(code) }
  /// Whether the file system has no symbolic links.
  public var lacksLinks: Bool { [EPERM, EOPNOTSUPP, ENOSYS].contains(code) }
  /// Whether nobody reads the pipe any more.
  public var isClosedPipe: Bool { code == EPIPE }
}
