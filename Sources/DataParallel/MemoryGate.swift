// Bounded memory for threads that work on things of different sizes.

import Foundation

/// Lets work in while its memory fits; what never fits waits until it is alone.
///
/// Every `enter` is followed by a `leave` with the same number of bytes.
public final class MemoryGate: @unchecked Sendable {
  private let condition = NSCondition()
  private let limit: Int
  private var used = 0

  public init(limit: Int) { self.limit = limit }

  public func enter(_ bytes: Int) {
    condition.withLock {
      while used > 0 && used + bytes > limit { condition.wait() }
      used += bytes
    }
  }

  public func leave(_ bytes: Int) {
    condition.withLock {
      used -= bytes
      condition.broadcast()
    }
  }
}
