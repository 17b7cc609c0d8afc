// Terminals: whether a path is one, and how wide it is.

#if canImport(Glibc)
  import Glibc
#endif

/// A terminal by path. It may have become narrower since the last line.
public struct Terminal: Sendable {
  private let path: String

  /// Nil if `path` is something else or may not be opened.
  package init?(path: String) {
    self.path = path
    guard withDescriptor({ isatty($0) != 0 }) == true else { return nil }
  }

  /// Columns (`ioctl` with `TIOCGWINSZ`); nil if the terminal does not know.
  public var columns: Int? {
    withDescriptor { descriptor in
      var size = winsize()
      guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
      return Int(size.ws_col)
    } ?? nil
  }

  private func withDescriptor<Result>(_ body: (Int32) -> Result) -> Result? {
    let flags = O_RDONLY | O_NOCTTY | O_NONBLOCK
    guard let descriptor = try? Descriptor.open(path, flags) else { return nil }
    defer { close(descriptor) }
    return body(descriptor)
  }
}
