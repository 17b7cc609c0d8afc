// The namespace of file access. Everything the program does with files goes through it; no other
// target calls `open` and its relatives.

#if canImport(Glibc)
  import Glibc
#endif

/// Files and directories by path. Each function says in its comment which C functions it calls and
/// throws `FileError` where one fails; calls that a signal interrupts are made again.
public enum FileSystem {
  /// Whether there is anything of this name, links followed (`access`).
  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The path without links, "." and ".." (`realpath`); nil where it leads nowhere.
  public static func canonical(_ path: String) -> String? {
    guard let buffer = realpath(path, nil) else { return nil }
    defer { free(buffer) }
    return String(validatingCString: buffer)
  }

  /// Throws if this process may not write to `path` (`access`).
  public static func requireWritable(_ path: String) throws(FileError) {
    guard access(path, W_OK) == 0 else { throw FileError("access", path) }
  }

  /// Gives a file another name on the same file system, replacing what has it (`rename`).
  public static func rename(_ path: String, to other: String) throws(FileError) {
    guard Glibc.rename(path, other) == 0 else { throw FileError("rename", path) }
  }

  /// Removes a file or link; that it is not there is no error (`unlink`).
  public static func remove(_ path: String) throws(FileError) {
    guard unlink(path) == 0 || errno == ENOENT else { throw FileError("unlink", path) }
  }

  /// Returns when a file or directory is on stable storage (`fsync`).
  public static func synchronize(_ path: String) throws(FileError) {
    let descriptor = try Descriptor.open(path, O_RDONLY)
    defer { close(descriptor) }
    try Descriptor.synchronize(descriptor, path)
  }
}
