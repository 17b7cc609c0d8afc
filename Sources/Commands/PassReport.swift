// How far a long pass over images is: a line on standard error every ten seconds.

import DataParallel
import Foundation
import Tables

/// Tells how many images are done, at what rate, and when the rest will be. For rank 0.
package final class PassReport: Sendable {
  private let task: PeriodicTask?
  private let state: State

  /// - Parameters:
  ///   - what: what becomes of an image, such as "scored".
  ///   - count: images to do, if it is known by now.
  ///   - isFirst: other ranks than 0 say nothing.
  package init(
    _ what: String, of count: Int = 0, isFirst: Bool, everySeconds seconds: Double = 10,
    say: @escaping @Sendable (String) -> Void = { Launch.say($0) }
  ) {
    let state = State(count)
    self.state = state
    task =
      isFirst
      ? PeriodicTask(everySeconds: seconds, name: "report") {
        state.describe().map { say("musiq-dist: \(what) \($0)") }
      } : nil
  }

  /// So many images are done.
  package func update(_ done: Int, of count: Int? = nil) { state.update(done, of: count) }

  /// Says nothing more.
  package func end() { task?.cancel() }

  private final class State: @unchecked Sendable {
    private let lock = NSLock()
    private let clock = Stopwatch()
    private var count: Int
    private var done = 0

    init(_ count: Int) { self.count = count }

    func update(_ done: Int, of count: Int?) {
      lock.withLock { (self.done, self.count) = (done, count ?? self.count) }
    }

    /// Nil as long as the number of images is not known.
    func describe() -> String? {
      let (done, count) = lock.withLock { (self.done, self.count) }
      guard count > 0 else { return nil }
      let rate = Double(done) / max(clock.seconds, 1e-9)
      let rest = done > 0 ? duration(Double(count - done) / rate) : "-"
      return "\(done) of \(count) images, \(fixed(rate, 1)) images/s, eta \(rest)"
    }
  }
}
