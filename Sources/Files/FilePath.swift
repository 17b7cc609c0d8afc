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

  /// A hidden name in the same directory, which no listing of images takes for one of them.
  static func temporary(for path: String) -> String {
    let nonce = String(UInt64.random(in: .min ... .max), radix: 16)
    // Names have at most 255 bytes.
    let name = FilePath.name(of: path).prefix(50)
    return join(directory(of: path), ".tmp-\(nonce)-\(name)")
  }

  /// The path without empty components and ".": `p/0` for `./p//0` and `p/0/`. Links and ".." stay as
  /// they are, for what they lead to is known to the file system alone; "." for nothing else.
  public static func normalized(_ path: String) -> String {
    guard !isNormal(path) else { return path }
    let parts = path.utf8.split(separator: 0x2F).filter { !$0.elementsEqual([0x2E]) }
    let text = parts.map { String(Substring($0)) }.joined(separator: "/")
    if path.utf8.first == 0x2F { return "/" + text }
    return text.isEmpty ? "." : text
  }

  /// Whether `normalized` would change nothing; told without taking the path apart.
  private static func isNormal(_ path: String) -> Bool {
    var previous: UInt8 = 0x2F
    var isDot = false
    var isFirst = true
    for byte in path.utf8 {
      if byte == 0x2F, previous == 0x2F && !isFirst || isDot { return false }
      isDot = byte == 0x2E && previous == 0x2F
      (previous, isFirst) = (byte, false)
    }
    return !isFirst && !isDot && (previous != 0x2F || path.utf8.count == 1)
  }

  /// Whether a path has the component "..".
  public static func leavesRoot(_ path: String) -> Bool {
    path.utf8.split(separator: 0x2F).contains { $0.elementsEqual([0x2E, 0x2E]) }
  }

  /// What follows `folder/` in `path`, byte by byte; nil if `path` is not below the folder. Both are
  /// taken as `normalized` gives them.
  public static func relative(_ path: String, to folder: String) -> String? {
    let (path, folder) = (normalized(path), normalized(folder))
    let start = folder == "/" ? 1 : folder.utf8.count + 1
    let bytes = path.utf8
    guard bytes.count > start, bytes.starts(with: folder.utf8),
      bytes[bytes.index(bytes.startIndex, offsetBy: start - 1)] == 0x2F
    else { return nil }
    return String(bytes.dropFirst(start))
  }

  /// Order of the UTF-8 bytes of two paths or names, the same in every locale.
  public static func precedes(_ first: String, _ second: String) -> Bool {
    first.utf8.lexicographicallyPrecedes(second.utf8)
  }
}
