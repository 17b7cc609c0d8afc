// The threads of a rank.

import Foundation

/// A fixed set of threads that run one function together, once per step.
///
/// Workers call single-threaded kernels and never touch MPI; the main thread owns MPI and meanwhile may
/// communicate.
public final class WorkerPool: @unchecked Sendable {
  public let count: Int
  private let condition = NSCondition()
  private var generation = 0
  private var running = 0
  private var job: (@Sendable (Int) throws -> Void)?
  private var failure: (worker: Int, error: any Error)?
  private var isClosed = false

  /// Starts `count` threads.
  /// - Parameter processors: those that each worker may use, from `ProcessorTopology`; empty: any.
  public init(count: Int, processors: [[Int]] = []) {
    precondition(count > 0, "expected at least one worker, got \(count)")
    self.count = count
    for worker in 0..<count {
      let mine = worker < processors.count ? processors[worker] : []
      let thread = Thread { [weak self] in
        ProcessorAffinity.bind(to: mine)
        var seen = 0
        // The pool is held only while waiting or working, so dropping it ends its threads.
        while let pool = self, let job = pool.nextJob(after: &seen) { pool.run(job, worker) }
      }
      thread.name = "worker \(worker)"
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  /// Ends the threads once they are idle.
  public func close() {
    condition.withLock {
      isClosed = true
      condition.broadcast()
    }
  }

  /// Starts `job(worker)` on every worker and returns at once.
  /// - Precondition: the previous job has been joined.
  public func start(_ job: @escaping @Sendable (_ worker: Int) throws -> Void) {
    condition.withLock {
      precondition(running == 0, "the previous job is still running")
      self.job = job
      failure = nil
      running = count
      generation += 1
      condition.broadcast()
    }
  }

  /// Waits for all workers; throws the error of the lowest worker that failed.
  public func join() throws {
    let failure = condition.withLock {
      while running > 0 { condition.wait() }
      job = nil
      return self.failure
    }
    if let failure { throw failure.error }
  }

  private func nextJob(after seen: inout Int) -> (@Sendable (Int) throws -> Void)? {
    condition.lock()
    defer { condition.unlock() }
    while generation == seen && !isClosed { condition.wait() }
    guard !isClosed else { return nil }
    seen = generation
    return job
  }

  private func run(_ job: @Sendable (Int) throws -> Void, _ worker: Int) {
    var thrown: (any Error)?
    do { try job(worker) } catch { thrown = error }
    condition.withLock {
      if let thrown, worker < failure?.worker ?? .max { failure = (worker, thrown) }
      running -= 1
      condition.broadcast()
    }
  }
}
