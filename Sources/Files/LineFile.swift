// Files that grow line by line: logs and rows of results.

#if canImport(Glibc)
  import Glibc
#endif

/// A file to which whole lines are appended, by this object alone and at once: what a killed
/// process has written can be read.
public final class LineFile {
  public let path: String
  private let descriptor: Int32
  private let calls: SystemCalls

  /// Opens `path`, making it if need be (`open` with `O_APPEND`). A last line that a killed process
  /// did not finish is ended, so that the next one does not continue it.
  public convenience init(appendingTo path: String) throws(FileError) {
    try self.init(appendingTo: path, calls: SystemCalls())
  }

  package init(appendingTo path: String, calls: SystemCalls) throws(FileError) {
    self.path = path
    self.calls = calls
    descriptor = try Descriptor.open(path, O_RDWR | O_CREAT | O_APPEND)
    guard let end, end > 0 else { return }
    var last: UInt8 = 0x0A
    guard pread(descriptor, &last, 1, off_t(end - 1)) >= 0 else { throw FileError("pread", path) }
    if last != 0x0A { try write(line: "") }
  }

  /// Opens `path`, making it if need be, and cuts it after its first `end` bytes (`ftruncate`).
  /// - Parameter end: 0 to begin anew.
  public init(_ path: String, keeping end: Int) throws(FileError) {
    self.path = path
    calls = SystemCalls()
    let flags = O_WRONLY | O_CREAT | O_APPEND | (end == 0 ? O_TRUNC : 0)
    descriptor = try Descriptor.open(path, flags)
    guard end == 0 || ftruncate(descriptor, off_t(end)) == 0 else {
      throw FileError("ftruncate", path)
    }
  }

  deinit { close(descriptor) }

  /// Appends `line` and a line end (`write`). What there was room for of a line that does not fit
  /// is removed again.
  public func write(line: String) throws(FileError) {
    let start = end
    let bytes = Array((line + "\n").utf8)
    let result = bytes.withUnsafeBytes { buffer in
      Result { () throws(FileError) in
        try Descriptor.write(buffer, to: descriptor, path, calls: calls)
      }
    }
    do throws(FileError) { try result.get() } catch {
      if let start { _ = ftruncate(descriptor, off_t(start)) }
      throw error
    }
  }

  /// Whether the file has no bytes; true for pipes.
  public var isEmpty: Bool { end ?? 0 == 0 }

  /// Where the file ends; nil for pipes.
  private var end: Int? {
    let end = lseek(descriptor, 0, SEEK_END)
    return end < 0 ? nil : Int(end)
  }
}
