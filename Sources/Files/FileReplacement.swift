// A file that is being written and gets its name when it is complete.

#if canImport(Glibc)
  import Glibc
#endif

/// New contents for a path, complete or absent: written under a temporary name in the same
/// directory, synced, renamed, and the directory synced. Without `commit` nothing remains.
///
/// Links are kept: what they lead to is replaced. Pipes and devices have no other name to be
/// written under: they are written through, as are files that are open already and named so
/// (`/dev/stdout`). Used by one thread at a time.
public final class FileReplacement {
  /// What was asked for, for messages.
  public let path: String
  /// For C libraries that write by themselves; open until `commit`.
  public let descriptor: Int32
  private let destination: Destination
  private let calls: SystemCalls
  private var isOpen = true
  /// Whether the temporary name is still there.
  private var isTemporary = true

  /// Opens the temporary file (`open` with `O_EXCL` and `O_NOFOLLOW`). Its rights follow the umask.
  public convenience init(_ path: String) throws(FileError) {
    try self.init(path, calls: SystemCalls())
  }

  package init(_ path: String, calls: SystemCalls) throws(FileError) {
    self.path = path
    self.calls = calls
    destination = try Destination(path)
    do throws(FileError) {
      switch destination {
      case .file(_, let temporary):
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
        descriptor = try Descriptor.open(temporary, flags)
      case .through(let target):
        descriptor = try Descriptor.open(target, O_WRONLY | O_APPEND)
      case .open(let number):
        descriptor = try Descriptor.duplicate(number, path)
      }
    } catch {
      // The temporary name means nothing to the user.
      throw FileError(error.call, path, code: error.code)
    }
  }

  deinit { discard() }

  /// Appends all of `bytes`.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    try Descriptor.write(bytes, to: descriptor, path, calls: calls)
  }

  /// Appends all of `bytes`.
  public func write(_ bytes: [UInt8]) throws(FileError) {
    let result = bytes.withUnsafeBytes { buffer in
      Result { () throws(FileError) in try write(buffer) }
    }
    try result.get()
  }

  /// Gives the file its name (`fsync`, `close`, `rename`, `fsync` of the directory).
  /// - Parameter durable: off for files that are quickly made again: without `fsync`.
  public func commit(durable: Bool = true) throws(FileError) {
    try finishWriting(durable: durable)
    try giveName(durable: durable)
  }

  /// Gives the file its name if `verify` has not thrown, which is called with the temporary path of
  /// the closed file. What is written through cannot be read back and is not verified.
  public func commit(
    durable: Bool = true, verify: (_ temporaryPath: String) throws -> Void
  ) throws {
    try finishWriting(durable: durable)
    if case .file(_, let temporary) = destination { try verify(temporary) }
    try giveName(durable: durable)
  }

  private func finishWriting(durable: Bool) throws(FileError) {
    precondition(isOpen, "\(path) was committed before")
    if durable, case .file = destination {
      try Descriptor.synchronize(descriptor, path, calls: calls)
    }
    isOpen = false
    // Network file systems report a full disk here.
    guard calls.close(descriptor) == 0 else { throw FileError("close", path) }
  }

  private func giveName(durable: Bool) throws(FileError) {
    guard case .file(let target, let temporary) = destination else { return }
    guard calls.rename(temporary, target) == 0 else { throw FileError("rename", path) }
    isTemporary = false
    guard durable else { return }
    let directory = FilePath.directory(of: target)
    do throws(FileError) {
      let descriptor = try Descriptor.open(directory, O_RDONLY | O_DIRECTORY)
      defer { close(descriptor) }
      try Descriptor.synchronize(descriptor, directory, calls: calls)
    } catch {
      // A directory that may not be read, or a file system that cannot sync one: no more can be
      // done.
      guard error.code == EACCES || error.code == EINVAL else { throw error }
    }
  }

  private func discard() {
    if isOpen { _ = calls.close(descriptor) }
    isOpen = false
    if isTemporary, case .file(_, let temporary) = destination { unlink(temporary) }
    isTemporary = false
  }
}

/// Where the bytes of a replacement go.
private enum Destination {
  /// Renamed from the temporary name when complete.
  case file(String, temporary: String)
  /// Written at once to something that has to stay.
  case through(String)
  /// Written at once where an open file of this process stands.
  case open(Int32)

  /// Follows links to what is to be replaced (`lstat`, `readlink`).
  init(_ path: String) throws(FileError) {
    var target = path
    // As many links as the kernel follows.
    for _ in 0..<40 {
      guard let status = try Self.status(target) else {
        self = .file(target, temporary: FilePath.temporary(for: target))
        return
      }
      switch status.kind {
      case .regular, .directory:
        self = .file(target, temporary: FilePath.temporary(for: target))
        return
      case .other:
        self = .through(target)
        return
      case .link:
        if let number = Self.openFile(target) {
          self = .open(number)
          return
        }
        target = FilePath.join(FilePath.directory(of: target), try FileSystem.link(target))
      }
    }
    throw FileError("open", path, code: ELOOP)
  }

  /// Nil if there is nothing of this name yet.
  private static func status(_ path: String) throws(FileError) -> FileStatus? {
    do throws(FileError) { return try FileStatus(path, followingLinks: false) } catch {
      if error.isMissing { return nil }
      throw error
    }
  }

  /// The number in `/proc/self/fd/1`, which `/dev/stdout` and `/dev/fd/1` lead to: what this link
  /// says may be no name, and the file has other users, who go on where this one ends.
  private static func openFile(_ path: String) -> Int32? {
    guard let folder = try? FileStatus(FilePath.directory(of: path)),
      let own = try? FileStatus("/proc/self/fd"), folder.identity == own.identity
    else { return nil }
    return Int32(FilePath.name(of: path))
  }
}
