// Work for many threads whose results come in order.

import Foundation

/// Positions to work on, and the results that wait for their turn.
///
/// Workers call `next` and `put`; one other thread takes the results.
public final class OrderedQueue<Element: Sendable>: @unchecked Sendable {
  private let condition = NSCondition()
  private let positions: [Int]
  private let ahead: Int
  private var nextIndex = 0
  private var takenCount = 0
  private var isStopped = false
  private var results: [Int: Element] = [:]

  /// - Parameter ahead: positions that may be in work or waiting, so that memory is bounded.
  public init(positions: [Int], ahead: Int) { (self.positions, self.ahead) = (positions, ahead) }

  /// The next position for a worker; nil at the end.
  public func next() -> Int? {
    condition.withLock {
      while !isStopped && nextIndex < positions.count && nextIndex - takenCount >= ahead {
        condition.wait()
      }
      guard !isStopped, nextIndex < positions.count else { return nil }
      defer { nextIndex += 1 }
      return positions[nextIndex]
    }
  }

  public func put(_ result: Element, at position: Int) {
    condition.withLock {
      results[position] = result
      condition.broadcast()
    }
  }

  public func stop() {
    condition.withLock {
      isStopped = true
      condition.broadcast()
    }
  }

  /// The results of all own positions in `window`, in order; waits for them, or, once `isAsked` says so,
  /// only for those that are there already, from the first on.
  public func take(
    _ window: Range<Int>, unless isAsked: () -> Bool = { false }
  ) -> [(position: Int, result: Element)] {
    condition.withLock {
      var taken: [(position: Int, result: Element)] = []
      while takenCount < positions.count, window.contains(positions[takenCount]) {
        let position = positions[takenCount]
        while results[position] == nil {
          if isAsked() { return taken }
          _ = condition.wait(until: Date(timeIntervalSinceNow: 0.2))
        }
        if let result = results.removeValue(forKey: position) { taken.append((position, result)) }
        takenCount += 1
        condition.broadcast()
      }
      return taken
    }
  }
}
