// Making directories.

#if canImport(Glibc)
  import Glibc
#endif

extension FileSystem {
  /// Makes a directory and all above it that are missing (`mkdir`); the empty path is the current
  /// one.
  /// - Parameter mode: rights of those that are made, before the process's umask takes its part.
  public static func makeDirectory(_ path: String, mode: UInt32 = 0o777) throws(FileError) {
    if path.isEmpty { return }
    var prefix = path.utf8.first == 0x2F ? "/" : ""
    for part in path.split(separator: "/") {
      prefix += part + "/"
      guard mkdir(prefix, mode) == 0 || errno == EEXIST else { throw FileError("mkdir", prefix) }
    }
    guard try FileStatus(path).kind == .directory else {
      throw FileError("mkdir", path, code: ENOTDIR)
    }
  }
}
