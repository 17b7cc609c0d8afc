// Making and removing directories.

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

  /// Of `path` and what is above it, what does not exist (`access`): the innermost first.
  public static func missingDirectories(of path: String) -> [String] {
    var missing: [String] = []
    var rest = path
    while !rest.isEmpty, rest != "/", rest != ".", !exists(rest) {
      missing.append(rest)
      rest = FilePath.directory(of: rest)
    }
    return missing
  }

  /// Removes an empty directory; that it is not there is no error (`rmdir`).
  public static func removeDirectory(_ path: String) throws(FileError) {
    guard rmdir(path) == 0 || errno == ENOENT else { throw FileError("rmdir", path) }
  }
}
