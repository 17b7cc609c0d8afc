// Open files by number: opening, reading, writing and syncing with every code checked.

#if canImport(Glibc)
  import Glibc
#endif

enum Descriptor {
  /// `open`, closed in programs that this one starts.
  static func open(
    _ path: String, _ flags: Int32, mode: mode_t = 0o666
  ) throws(FileError) -> Int32 {
    while true {
      let descriptor = Glibc.open(path, flags | O_CLOEXEC, mode)
      if descriptor >= 0 { return descriptor }
      guard errno == EINTR else { throw FileError("open", path) }
    }
  }

  /// A second number for an open file, with the same position (`fcntl`).
  static func duplicate(_ descriptor: Int32, _ path: String) throws(FileError) -> Int32 {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw FileError("fcntl", path) }
    return copy
  }

  /// Writes all of `bytes` (`write`), waiting for a reader that is behind.
  static func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String,
    calls: SystemCalls = SystemCalls()
  ) throws(FileError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = calls.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 && errno == EINTR { continue }
      if count < 0 && errno == EAGAIN {
        // Launchers hand on pipes that do not block.
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&wait, 1, -1)
        continue
      }
      guard count > 0 else { throw FileError("write", path) }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
    }
  }

  /// Fills `buffer` from where the descriptor stands (`read`); less only at the end of the file.
  static func read(
    into buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32, _ path: String
  ) throws(FileError) -> Int {
    var filled = 0
    while filled < buffer.count, let start = buffer.baseAddress {
      let count = Glibc.read(descriptor, start + filled, buffer.count - filled)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw FileError("read", path) }
      if count == 0 { break }
      filled += count
    }
    return filled
  }

  /// Everything up to the end, whatever the size was said to be.
  static func readToEnd(
    of descriptor: Int32, limit: Int, _ path: String
  ) throws(FileError) -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try fill(&piece, descriptor, path)
      bytes += piece[..<count]
      guard bytes.count <= limit else {
        throw FileError("read", path, code: EFBIG, reason: "has more than \(limit) bytes")
      }
      if count < piece.count { return bytes }
    }
  }

  private static func fill(
    _ piece: inout [UInt8], _ descriptor: Int32, _ path: String
  ) throws(FileError) -> Int {
    let result = piece.withUnsafeMutableBytes { buffer in
      Result { () throws(FileError) in try read(into: buffer, from: descriptor, path) }
    }
    return try result.get()
  }

  /// `fsync`.
  static func synchronize(
    _ descriptor: Int32, _ path: String, calls: SystemCalls = SystemCalls()
  ) throws(FileError) {
    while calls.fsync(descriptor) != 0 {
      guard errno == EINTR else { throw FileError("fsync", path) }
    }
  }
}
