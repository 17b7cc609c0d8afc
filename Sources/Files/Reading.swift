// Whole files into memory.

#if canImport(Glibc)
  import Glibc
#endif

extension FileSystem {
  /// The bytes of a regular file of at most `limit` bytes.
  ///
  /// What network file systems report now and then (`EIO`, `ESTALE`, `EAGAIN`) is tried three
  /// times, with 10 and 100 ms between. Pipes, sockets, devices and directories are refused without
  /// waiting for data.
  public static func read(
    _ path: String, limit: Int = 256 << 20
  ) throws(FileError) -> [UInt8] {
    try TransientErrors.retry { () throws(FileError) in
      let file = try RegularFile(path)
      guard file.size <= limit else {
        throw FileError(
          "read", path, code: EFBIG, reason: "has \(file.size) bytes, the limit is \(limit)")
      }
      // Files of /proc have a size of 0.
      return file.size == 0 ? try file.readToEnd(limit: limit) : try file.read()
    }
  }

  /// Everything that comes from `path`, which may be a pipe or device that the user names, such as
  /// the `/dev/fd/63` of a shell's `<(…)`. Waits for the writer.
  public static func readStream(
    _ path: String, limit: Int = 1 << 30
  ) throws(FileError) -> [UInt8] {
    let descriptor = try Descriptor.open(path, O_RDONLY)
    defer { close(descriptor) }
    return try Descriptor.readToEnd(of: descriptor, limit: limit, path)
  }
}

/// Errors that may be gone a moment later.
package enum TransientErrors {
  static let codes: Set<Int32> = [EIO, ESTALE, EAGAIN]
  static let pauses: [Duration] = [.milliseconds(10), .milliseconds(100)]

  /// Runs `body` up to three times, as long as its error is transient.
  package static func retry<Value>(
    _ body: () throws(FileError) -> Value
  ) throws(FileError) -> Value {
    for pause in pauses {
      do { return try body() } catch {
        guard codes.contains(error.code) else { throw error }
        usleep(UInt32(pause / .microseconds(1)))
      }
    }
    return try body()
  }
}
