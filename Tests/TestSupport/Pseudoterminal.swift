// A terminal for tests, of any width.

#if canImport(Glibc)
  import Glibc
#endif

/// A pseudoterminal of Linux (pty(7)): `path` is the terminal, this object the screen.
public final class Pseudoterminal {
  /// The end that programs write to.
  public let path: String
  private let screen: Int32

  /// Nil where `/dev/ptmx` cannot be had.
  public init?(columns: Int) {
    screen = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    guard screen >= 0 else { return nil }
    var (number, locked): (Int32, Int32) = (0, 0)
    // TIOCGPTN and TIOCSPTLCK are macros with arguments, which Swift does not import.
    guard ioctl(screen, 0x8004_5430, &number) == 0, ioctl(screen, 0x4004_5431, &locked) == 0 else {
      close(screen)
      return nil
    }
    path = "/dev/pts/\(number)"
    resize(columns: columns)
  }

  deinit { close(screen) }

  public func resize(columns: Int) {
    var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(screen, UInt(TIOCSWINSZ), &size)
  }
}
