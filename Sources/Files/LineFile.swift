// Files that grow line by line: logs and rows of results.

#if canImport(Glibc)
  import Glibc
#endif

/// A file to which whole lines are appended, by this object alone and at once: what a killed
/// process has written can be read.
public final class LineFile {
  public let path: String
  /// The last line that was there, without a line end, if a killed process or a power cut has left one so.
  public private(set) var unfinished: [UInt8] = []
  private let descriptor: Int32
  private let calls: SystemCalls

  /// Opens the regular file `path`, making it if need be (`open` with `O_APPEND`). A last line that is
  /// unfinished is ended by the first `write`, so that the next one does not continue it.
  public convenience init(appendingTo path: String) throws(FileError) {
    try self.init(appendingTo: path, calls: SystemCalls())
  }

  package init(appendingTo path: String, calls: SystemCalls) throws(FileError) {
    self.path = path
    self.calls = calls
    // O_NONBLOCK: opening a pipe would wait for its reader.
    descriptor = try Descriptor.open(path, O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK)
    guard try FileStatus(descriptor: descriptor, path).kind == .regular else {
      throw FileError("open", path, code: EINVAL, reason: "not a regular file")
    }
    unfinished = try lastLine()
  }

  /// Cuts off an unfinished last line (`ftruncate`).
  public func removeUnfinishedLine() throws(FileError) {
    guard !unfinished.isEmpty, let end else { return }
    guard ftruncate(descriptor, off_t(end - unfinished.count)) == 0 else {
      throw FileError("ftruncate", path)
    }
    unfinished = []
  }

  /// What follows the last line end.
  private func lastLine() throws(FileError) -> [UInt8] {
    var line: [UInt8] = []
    var place = end ?? 0
    while place > 0 {
      let count = min(place, 1 << 12)
      var piece = [UInt8](repeating: 0, count: count)
      guard pread(descriptor, &piece, count, off_t(place - count)) == count else {
        throw FileError("pread", path)
      }
      let tail = piece[((piece.lastIndex(of: 0x0A) ?? -1) + 1)...]
      line = tail + line
      if tail.count < count { break }
      place -= count
    }
    return line
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
    var bytes = Array((line + "\n").utf8)
    if !unfinished.isEmpty { bytes.insert(0x0A, at: 0) }
    let result = bytes.withUnsafeBytes { buffer in
      Result { () throws(FileError) in
        try Descriptor.write(buffer, to: descriptor, path, calls: calls)
      }
    }
    do throws(FileError) { try result.get() } catch {
      if let start { _ = ftruncate(descriptor, off_t(start)) }
      throw error
    }
    unfinished = []
  }

  /// Whether the file has no bytes; true for pipes.
  public var isEmpty: Bool { end ?? 0 == 0 }

  /// Where the file ends; nil for pipes.
  private var end: Int? {
    let end = lseek(descriptor, 0, SEEK_END)
    return end < 0 ? nil : Int(end)
  }
}
