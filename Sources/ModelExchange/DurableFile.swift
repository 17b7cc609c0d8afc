// Files that are complete or absent: temporary name, fsync, check, rename.

import Checkpoints

#if canImport(Glibc)
  import Glibc
#endif

enum DurableFile {
  /// Writes `path` under a temporary name in the same directory, checks what is on disk and renames it.
  /// - Parameters:
  ///   - write: fills the open file.
  ///   - verify: throws when the closed file at this path is not what was meant.
  /// - Throws: `CheckpointError` of kind `directory` or `verification`; nothing is left behind.
  static func replace(
    _ path: String, write: (_ descriptor: Int32) throws -> Void,
    verify: (_ temporaryPath: String) throws -> Void
  ) throws(CheckpointError) {
    let slash = path.lastIndex(of: "/")
    let directory = slash.map { String(path[..<$0]) + "/" } ?? "./"
    let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
    let nonce = String(UInt64.random(in: .min ... .max), radix: 16)
    let temporary = "\(directory).tmp-\(nonce)-\(name)"
    let descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw CheckpointError(.directory, path: path, reason: systemReason("open"))
    }
    var isOpen = true
    do {
      try write(descriptor)
      guard fsync(descriptor) == 0 else { throw SystemFailure(description: systemReason("fsync")) }
      isOpen = false
      guard close(descriptor) == 0 else { throw SystemFailure(description: systemReason("close")) }
      try verify(temporary)
      guard rename(temporary, path) == 0 else {
        throw SystemFailure(description: systemReason("rename"))
      }
    } catch {
      if isOpen { close(descriptor) }
      unlink(temporary)
      let kind: CheckpointError.Cause = error is CheckpointError ? .verification : .directory
      throw CheckpointError(kind, path: path, reason: "\(error)")
    }
    let folder = open(directory, O_RDONLY)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  /// Writes all of `bytes`.
  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw SystemFailure(description: systemReason("write")) }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
    }
  }

  static func size(of path: String) throws -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else { throw SystemFailure(description: systemReason("stat")) }
    return Int(status.st_size)
  }

  private static func systemReason(_ call: String) -> String {
    "\(call): \(String(cString: strerror(errno)))"
  }

  private struct SystemFailure: Error, CustomStringConvertible { let description: String }
}
