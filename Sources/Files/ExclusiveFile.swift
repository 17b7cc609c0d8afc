// A file that only one process can make: what locks are made of.

#if canImport(Glibc)
  import Glibc
#endif

/// A small file that did not exist before, held open by the process that made it. Another process may
/// take its name away; what this one writes then harms nobody.
public final class ExclusiveFile: Sendable {
  public let path: String
  private let descriptor: Int32
  private let identity: FileStatus.Identity

  /// Makes the file with its contents (`open` with `O_CREAT`, `O_EXCL` and `O_NOFOLLOW`; `fsync`).
  /// - Throws: `FileError`, of code EEXIST if there is anything of this name.
  public init(_ path: String, containing bytes: [UInt8]) throws(FileError) {
    self.path = path
    descriptor = try Descriptor.open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW)
    do throws(FileError) {
      identity = try FileStatus(descriptor: descriptor, path).identity
      try Self.write(bytes, descriptor, path)
    } catch {
      unlink(path)
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// Whether the path still leads to this file (`stat`).
  public var hasItsName: Bool { (try? FileStatus(path))?.identity == identity }

  /// Puts as many other bytes in the place of the contents (`pwrite`, `fsync`).
  public func overwrite(_ bytes: [UInt8]) throws(FileError) {
    try Self.write(bytes, descriptor, path)
  }

  /// Removes the name if it still is this file's (`unlink`).
  public func remove() throws(FileError) {
    if hasItsName { try FileSystem.remove(path) }
  }

  /// One call: readers see all or nothing of so few bytes.
  private static func write(
    _ bytes: [UInt8], _ descriptor: Int32, _ path: String
  ) throws(FileError) {
    guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count else {
      throw FileError("pwrite", path)
    }
    try Descriptor.synchronize(descriptor, path)
  }
}
