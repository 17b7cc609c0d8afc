// What a process does at intervals beside its work: signs of life, progress.

import Foundation

/// Calls a function at intervals, on a thread of its own, until it is cancelled or dropped.
public final class PeriodicTask: Sendable {
  private let state = State()

  /// - Parameters:
  ///   - seconds: from the start, and from the end of each call, to the next.
  ///   - body: must not call MPI.
  public init(everySeconds seconds: Double, name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread { [state] in
      while state.wait(seconds) { body() }
      state.end()
    }
    thread.name = name
    thread.start()
  }

  deinit { state.cancel() }

  /// Returns when the function is not running and never will again.
  public func cancel() { state.cancelAndWait() }

  private final class State: @unchecked Sendable {
    private let condition = NSCondition()
    private var isCancelled = false
    private var hasEnded = false

    /// False when it is time to end.
    func wait(_ seconds: Double) -> Bool {
      let deadline = Date(timeIntervalSinceNow: seconds)
      return condition.withLock {
        while !isCancelled, condition.wait(until: deadline) {}
        return !isCancelled
      }
    }

    func end() {
      condition.withLock {
        hasEnded = true
        condition.broadcast()
      }
    }

    func cancel() {
      condition.withLock {
        isCancelled = true
        condition.broadcast()
      }
    }

    func cancelAndWait() {
      cancel()
      condition.withLock { while !hasEnded { condition.wait() } }
    }
  }
}
