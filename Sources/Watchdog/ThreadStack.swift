// Where a thread is: printed by itself, in a signal handler, when the watchdog asks for it.

import CBacktrace
import Foundation

/// The stack of one thread.
struct ThreadStack {
  /// A signal that nothing else uses; it is ignored unless somebody handles it.
  private static let signal = SIGURG
  private let thread: pthread_t

  /// That of the calling thread.
  static func ofThisThread() -> ThreadStack {
    var frame: UnsafeMutableRawPointer?
    // The first call loads the unwinder, which a signal handler must not do.
    _ = backtrace(&frame, 1)
    Foundation.signal(signal) { _ in
      withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: 64) { frames in
        guard let base = frames.baseAddress else { return }
        backtrace_symbols_fd(base, backtrace(base, Int32(frames.count)), STDERR_FILENO)
      }
    }
    return ThreadStack(thread: pthread_self())
  }

  /// Makes the thread print its stack on standard error, if it can.
  func print() {
    pthread_kill(thread, Self.signal)
    usleep(500_000)
  }
}
