// A regular file, open for reading.

#if canImport(Glibc)
  import Glibc
#endif

/// An open regular file, closed with its owner. Opening never waits: pipes, sockets, devices and
/// directories are refused at once.
public struct RegularFile: ~Copyable {
  public let path: String
  /// Bytes, when it was opened. Files of /proc and /sys say 0 or a page whatever they hold.
  public let size: Int
  /// For C libraries that read by themselves; open as long as this value lives.
  public let descriptor: Int32

  /// Opens `path` (`open`, `fstat`).
  public init(_ path: String) throws(FileError) {
    // O_NONBLOCK: opening a pipe without a writer would wait for one.
    let descriptor = try Descriptor.open(path, O_RDONLY | O_NONBLOCK)
    do throws(FileError) {
      let status = try FileStatus(descriptor: descriptor, path)
      guard status.kind == .regular else {
        throw FileError("open", path, code: EINVAL, reason: "not a regular file")
      }
      size = status.size
    } catch {
      close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// The first `limit` bytes, or all if there are fewer (`pread`).
  public borrowing func read(first limit: Int = .max) throws(FileError) -> [UInt8] {
    try read(0..<min(limit, size))
  }

  /// The bytes of `range`, or as many of them as there are (`pread`).
  public borrowing func read(_ range: Range<Int>) throws(FileError) -> [UInt8] {
    let (descriptor, count, first) = (self.descriptor, range.count, range.lowerBound)
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count, let start = buffer.baseAddress {
        let got = pread(descriptor, start + filled, count - filled, off_t(first + filled))
        if got < 0 && errno == EINTR { continue }
        if got < 0 { code = errno }
        if got <= 0 { break }
        filled += got
      }
    }
    guard code == 0 else { throw FileError("pread", path, code: code) }
    return bytes
  }

  /// Calls `body` with the bytes in order, piece by piece, so that a large file takes no memory.
  public borrowing func forEachPiece(
    of byteCount: Int = 1 << 20, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(FileError) {
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 64)
    defer { piece.deallocate() }
    while true {
      let count = try Descriptor.read(into: piece, from: descriptor, path)
      if count > 0 { body(UnsafeRawBufferPointer(rebasing: piece[..<count])) }
      if count < byteCount { return }
    }
  }

  /// Everything up to the end, from where the descriptor stands.
  borrowing func readToEnd(limit: Int) throws(FileError) -> [UInt8] {
    try Descriptor.readToEnd(of: descriptor, limit: limit, path)
  }
}
