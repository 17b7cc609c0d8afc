// Names in directories.

#if canImport(Glibc)
  import Glibc
#endif

/// One name in a directory.
public struct DirectoryEntry: Sendable {
  public let name: FileName
  /// What it is; nil for links and on file systems that do not tell: `FileStatus` knows.
  public let kind: FileStatus.Kind?
}

extension FileSystem {
  /// All entries of a directory but "." and "..", in the order of their names' bytes
  /// (`opendir`, `readdir`). Names that are not UTF-8 are among them.
  /// - Cost: one call for many names; files are not looked at.
  public static func list(_ path: String) throws(FileError) -> [DirectoryEntry] {
    guard let directory = opendir(path) else { throw FileError("opendir", path) }
    defer { closedir(directory) }
    var entries: [DirectoryEntry] = []
    while true {
      errno = 0
      guard let entry = readdir(directory) else {
        guard errno == 0 else { throw FileError("readdir", path) }
        break
      }
      let name = fileName(of: entry)
      if name != current && name != parent {
        entries.append(DirectoryEntry(name: name, kind: kind(of: entry)))
      }
    }
    entries.sort { $0.name < $1.name }
    return entries
  }

  private static let current = FileName(".")
  private static let parent = FileName("..")

  /// A record is as long as its name needs; the declared 256 bytes need not all be there.
  private static func fileName(of entry: UnsafeMutablePointer<dirent>) -> FileName {
    let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
    let start = UnsafeRawPointer(entry) + offset
    let length = strlen(start.assumingMemoryBound(to: CChar.self))
    return FileName(UnsafeRawBufferPointer(start: start, count: length))
  }

  private static func kind(of entry: UnsafeMutablePointer<dirent>) -> FileStatus.Kind? {
    switch Int(entry.pointee.d_type) {
    case Int(DT_REG): .regular
    case Int(DT_DIR): .directory
    case Int(DT_LNK), Int(DT_UNKNOWN): nil
    default: .other
    }
  }
}
