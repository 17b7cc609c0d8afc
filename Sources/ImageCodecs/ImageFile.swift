// Reading the beginning, or all, of a regular file.

#if canImport(Glibc)
  import Glibc
#endif

/// An open regular file, closed with its owner.
struct ImageFile: ~Copyable {
  private let descriptor: Int32
  private let size: Int
  private let path: String

  /// Opens without blocking, so that a pipe cannot hang a loader thread.
  init(_ path: String) throws(ImageError) {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    if descriptor < 0 { throw Self.failure(path) }
    var status = stat()
    let result = fstat(descriptor, &status)
    let error = Self.failure(path)
    guard result == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw result == 0
        ? ImageError(.unreadable(detail: "not a regular file"), path: path) : error
    }
    self.descriptor = descriptor
    self.size = Int(status.st_size)
    self.path = path
  }

  deinit { close(descriptor) }

  /// The first `limit` bytes, or all if there are fewer.
  borrowing func read(first limit: Int) throws(ImageError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: min(limit, size))
    var filled = 0
    while filled < bytes.count {
      let (descriptor, offset) = (self.descriptor, filled)
      let count = bytes.withUnsafeMutableBytes { buffer in
        pread(
          descriptor, buffer.baseAddress.map { $0 + offset }, buffer.count - offset, off_t(offset))
      }
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw Self.failure(path) }
      if count == 0 { break }
      filled += count
    }
    bytes.removeLast(bytes.count - filled)
    return bytes
  }

  private static func failure(_ path: String) -> ImageError {
    ImageError(.unreadable(detail: String(cString: strerror(errno))), path: path)
  }
}
