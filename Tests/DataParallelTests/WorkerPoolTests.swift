import DataParallel
import Foundation
import Testing

/// Counts the calls of each worker.
private final class Calls: @unchecked Sendable {
  private let lock = NSLock()
  private var counts: [Int: Int] = [:]
  func note(_ worker: Int) { lock.withLock { counts[worker, default: 0] += 1 } }
  var all: [Int: Int] { lock.withLock { counts } }
}

@Suite struct WorkerPoolTests {
  private struct Failure: Error, Equatable { let worker: Int }

  @Test("every worker runs every job once", arguments: [1, 2, 5])
  func runs(count: Int) throws {
    let pool = WorkerPool(count: count)
    defer { pool.close() }
    let calls = Calls()
    for job in 1...50 {
      pool.start { calls.note($0) }
      try pool.join()
      #expect(calls.all == Dictionary(uniqueKeysWithValues: (0..<count).map { ($0, job) }))
    }
  }

  @Test("workers run at the same time, and the main thread meanwhile")
  func concurrency() throws {
    let pool = WorkerPool(count: 3)
    defer { pool.close() }
    // Each waits for the two others and for the main thread.
    let arrived = [0, 1, 2].map { _ in DispatchSemaphore(value: 0) }
    let released = DispatchSemaphore(value: 0)
    pool.start { worker in
      arrived[worker].signal()
      released.wait()
    }
    for semaphore in arrived { #expect(semaphore.wait(timeout: .now() + 20) == .success) }
    for _ in arrived { released.signal() }
    try pool.join()
  }

  @Test("join throws the error of the lowest worker that failed, after all have ended")
  func errors() throws {
    let pool = WorkerPool(count: 4)
    defer { pool.close() }
    let calls = Calls()
    let othersFail = DispatchSemaphore(value: 0)
    pool.start { worker in
      // The lowest failing worker fails last.
      if worker == 1 { for _ in 2..<4 { othersFail.wait() } }
      calls.note(worker)
      if worker > 1 { othersFail.signal() }
      if worker > 0 { throw Failure(worker: worker) }
    }
    #expect(throws: Failure(worker: 1)) { try pool.join() }
    #expect(calls.all.count == 4)
    // The failure belongs to that job alone.
    pool.start { calls.note($0) }
    try pool.join()
    #expect(calls.all.values.allSatisfy { $0 == 2 })
  }

  @Test("joining without a job returns at once, closing twice does no harm")
  func idle() throws {
    let pool = WorkerPool(count: 2)
    try pool.join()
    pool.close()
    pool.close()
  }

  @Test("threads of a closed pool end and release it")
  func close() throws {
    var pool: WorkerPool? = WorkerPool(count: 2)
    weak let watched = pool
    try #require(pool).start { _ in }
    try pool?.join()
    pool?.close()
    pool = nil
    let deadline = Date(timeIntervalSinceNow: 20)
    while watched != nil, Date() < deadline { Thread.sleep(forTimeInterval: 0.01) }
    #expect(watched == nil)
  }
}
