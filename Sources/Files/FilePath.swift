// Paths as text: joined and taken apart without a look at the file system.

#if canImport(Glibc)
  import Glibc
#endif

public enum FilePath {
  /// `folder/path`, or `path` where it is absolute or the folder is empty.
  public static func join(_ folder: String, _ path: String) -> String {
    if path.utf8.first == 0x2F || folder.isEmpty { return path }
    return folder.utf8.last == 0x2F ? folder + path : folder + "/" + path
  }

  /// The directory that holds `path`; "." for a name alone.
  public static func directory(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: 0x2F) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// What follows the last slash.
  public static func name(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: 0x2F) else { return path }
    return String(path[path.utf8.index(after: slash)...])
  }

  /// The path from the root of the file system, links left as they are; slashes at the end go.
  /// A working directory that has been removed leaves the path relative (`getcwd`).
  public static func absolute(_ path: String) -> String {
    var path = path[...]
    while path.utf8.count > 1, path.utf8.last == 0x2F { path.removeLast() }
    if path.utf8.first == 0x2F { return String(path) }
    guard let buffer = getcwd(nil, 0) else { return String(path) }
    defer { free(buffer) }
    let folder = String(cString: buffer)
    return path == "." ? folder : join(folder, String(path))
  }

  /// Order of the UTF-8 bytes of two paths or names, the same in every locale.
  public static func precedes(_ first: String, _ second: String) -> Bool {
    first.utf8.lexicographicallyPrecedes(second.utf8)
  }
}
