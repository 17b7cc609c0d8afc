// Ends a process that makes no progress: a rank that waits in a collective for one that stopped, or for a
// file system that died, would wait for ever and hold its nodes.

import Foundation
import Synchronization

/// What a process is doing, as the watchdog tells it.
public enum WatchedPhase: Int, CaseIterable, Sendable {
  /// Opening the data, building the model, loading a checkpoint.
  case starting
  /// Forward and backward passes, with the waiting for images.
  case computing
  /// What needs the other ranks: the sum of the gradients, the update.
  case exchanging
  case validating
  case saving

  /// How many limits a phase may last without a sign of progress. Ranks wait in `starting` while one reads
  /// tables and folders, and in `saving` while one reads the file back.
  var patience: Double {
    switch self {
    case .starting: 6
    case .saving: 3
    case .computing, .exchanging, .validating: 1
    }
  }

  var words: String {
    switch self {
    case .starting: "starting"
    case .computing: "computing gradients or waiting for images"
    case .exchanging: "exchanging with the other ranks"
    case .validating: "validating"
    case .saving: "saving a checkpoint"
    }
  }
}

/// Watches the progress of this process. One thread looks several times a second and needs nobody: neither
/// MPI nor a lock that a stuck thread may hold.
public final class Watchdog: Sendable {
  /// That of the process: any thread anywhere may report progress to it.
  public static let shared = Watchdog()

  /// The exit code of a process that hangs.
  public static let exitCode: Int32 = 9

  private let limit = Atomic<Int>(0)
  private let last = Atomic<Int>(0)
  private let phase = Atomic<Int>(0)
  private let step = Atomic<Int>(0)
  private let isWatching = Atomic<Bool>(false)
  private let name = Mutex("")
  /// What happens instead of the end of the process.
  private let end: (@Sendable (_ words: String) -> Void)?

  private init() { end = nil }

  /// One that does something else than to end the process, for tests.
  package init(end: @escaping @Sendable (_ words: String) -> Void) { self.end = end }

  /// Begins to watch, in phase `starting`; called by the thread whose stack is of interest.
  /// - Parameters:
  ///   - seconds: without progress, after which the process ends, times the patience of the phase; 0: never.
  ///   - name: of the process in messages, `rank 3 (node7)`.
  public func begin(limit seconds: Double, name: String) {
    self.name.withLock { $0 = name }
    limit.store(Int(seconds * 1e9), ordering: .relaxed)
    enter(.starting)
    guard seconds > 0,
      !isWatching.exchange(true, ordering: .acquiringAndReleasing)
    else { return }
    let stack = ThreadStack.ofThisThread()
    let thread = Thread { [self] in watch(stack) }
    thread.name = "watchdog"
    thread.stackSize = 256 << 10
    thread.start()
  }

  /// Watches no longer; `begin` starts again.
  public func pause() { limit.store(0, ordering: .relaxed) }

  /// A new phase begins, which is progress.
  /// - Parameter step: the step that is being done; nil for the last one told.
  public func enter(_ phase: WatchedPhase, step: Int? = nil) {
    self.phase.store(phase.rawValue, ordering: .relaxed)
    if let step { self.step.store(step, ordering: .relaxed) }
    noteProgress()
  }

  /// Something was done. Cheap enough for each image.
  public func noteProgress() { last.store(Self.now, ordering: .relaxed) }

  private func watch(_ stack: ThreadStack) {
    var looked = Self.now
    while true {
      usleep(200_000)
      let now = Self.now
      // The process itself was stopped, as by a suspended job: the time does not count.
      if now - looked > 3_000_000_000 { noteProgress() }
      looked = now
      let limit = limit.load(ordering: .relaxed)
      let phase = WatchedPhase(rawValue: phase.load(ordering: .relaxed)) ?? .starting
      let idle = now - last.load(ordering: .relaxed)
      guard limit > 0, Double(idle) > Double(limit) * phase.patience else { continue }
      let step = step.load(ordering: .relaxed)
      let place = phase == .starting ? "" : " in step \(step)"
      let words =
        "\(name.withLock { $0 }): no progress for \(idle / 1_000_000_000) s while "
        + "\(phase.words)\(place); the job hangs. Look at the ranks that do not say so: one of them has stopped, or its host, "
        + "its network or its files do not answer"
      guard let end else { Self.endProcess(words, stack) }
      end(words)
      return isWatching.store(false, ordering: .releasing)
    }
  }

  /// Nanoseconds of a clock that nobody sets.
  private static var now: Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }

  private static func endProcess(_ words: String, _ stack: ThreadStack) -> Never {
    say("musiq-dist: error on \(words)\nstack of the main thread:\n")
    stack.print()
    // mpirun ends all processes after the first exit; the others are about to say the same.
    usleep(2_000_000)
    _exit(exitCode)
  }

  private static func say(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  }
}
