// What the file system knows about a file without opening it.

#if canImport(Glibc)
  import Glibc
#endif

/// The result of `stat` or `lstat`.
public struct FileStatus: Sendable {
  public enum Kind: Sendable {
    case regular
    case directory
    case link
    /// A pipe, socket or device.
    case other
  }

  /// Tells one file from another, whatever paths lead to it.
  public struct Identity: Hashable, Sendable {
    private let device: UInt64
    private let node: UInt64

    fileprivate init(_ status: stat) {
      device = UInt64(status.st_dev)
      node = UInt64(status.st_ino)
    }
  }

  public let kind: Kind
  /// Bytes.
  public let size: Int
  public let identity: Identity
  /// Seconds since 1970.
  public let modificationTime: Int

  /// - Parameter followingLinks: off to learn about a link itself.
  public init(_ path: String, followingLinks: Bool = true) throws(FileError) {
    var status = stat()
    let code = followingLinks ? stat(path, &status) : lstat(path, &status)
    guard code == 0 else { throw FileError(followingLinks ? "stat" : "lstat", path) }
    self.init(status)
  }

  init(descriptor: Int32, _ path: String) throws(FileError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError("fstat", path) }
    self.init(status)
  }

  private init(_ status: stat) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: kind = .regular
    case S_IFDIR: kind = .directory
    case S_IFLNK: kind = .link
    default: kind = .other
    }
    size = Int(status.st_size)
    identity = Identity(status)
    modificationTime = Int(status.st_mtim.tv_sec)
  }

  /// Seconds since the last modification.
  public var age: Int { time(nil) - modificationTime }
}
