// The file `.lock` of a run directory: one job at a time.

import DataParallel
import Files

/// The lock of a run directory, held by rank 0.
///
/// The file is made with `O_EXCL` and rewritten at every beat by the process that has made it, through its
/// open descriptor: who has lost the name writes into nothing. It is taken over if its process has ended
/// (looked up on the same machine only), if its job of the batch system was started again, or if its
/// heartbeat stands still: the file is old by the clock of its own file system, and does not change while
/// it is watched. Locks of the kernel would be simpler, but cannot be relied on in network file systems.
package final class RunLock: Sendable {
  /// Seconds of a lock's life.
  package struct Timing: Equatable, Sendable {
    /// Between two beats.
    package var beat = 30.0
    /// Age from which a lock may be stale.
    package var stale = 300.0
    /// How long a lock of that age is watched: two beats.
    package var watch = 65.0

    package init() {}
  }

  /// Why a directory cannot be had.
  package enum Problem: Error, Equatable {
    /// Nil: the lock does not tell.
    case held(by: RunLockOwner?)
    case file(FileError)
  }

  package let owner: RunLockOwner
  /// The locks that were taken over, in words.
  package let takenOver: [String]
  private let file: ExclusiveFile
  private let beats: PeriodicTask

  /// - Parameters:
  ///   - stealing: takes the lock away from whoever has it.
  ///   - onWait: told why this takes long.
  package init(
    _ path: String, host: String, stealing: Bool = false, timing: Timing = Timing(),
    onWait: (String) -> Void = { _ in }
  ) throws(Problem) {
    let owner = RunLockOwner(host: host)
    var attempt = RunLockAttempt(path, by: owner, timing: timing)
    let file = try attempt.make(stealing: stealing, onWait: onWait)
    (self.owner, self.file, takenOver) = (owner, file, attempt.takenOver)
    let start = Stopwatch()
    beats = PeriodicTask(everySeconds: timing.beat, name: "run lock") {
      var alive = owner
      // Time rather than a count: it needs no state. It never stands still.
      alive.beat(max(1, Int(start.seconds * 1000)))
      // A beat that fails is noticed by who reads, if all of the next ones fail, too.
      try? file.overwrite(alive.bytes)
    }
  }

  deinit { release() }

  /// False if somebody has taken the lock over: this run must write nothing more.
  package var isHeld: Bool { file.hasItsName }

  /// Gives the directory free; a second call does nothing.
  package func release() {
    beats.cancel()
    try? file.remove()
  }
}
