import DataParallel
import Foundation
import Synchronization
import Testing

@Suite struct OrderedQueueTests {
  @Test("results come in order, each once, and never more than so many are ahead")
  func order() throws {
    let queue = OrderedQueue<Int>(positions: Array(stride(from: 1, to: 200, by: 2)), ahead: 5)
    let counts = Mutex((begun: 0, taken: 0, most: 0))
    let pool = WorkerPool(count: 3)
    defer { pool.close() }
    pool.start { _ in
      while let position = queue.next() {
        counts.withLock {
          $0.begun += 1
          $0.most = max($0.most, $0.begun - $0.taken)
        }
        queue.put(position * position, at: position)
      }
    }
    for first in stride(from: 0, to: 200, by: 10) {
      let window = queue.take(first..<first + 10) { false }
      #expect(window.map(\.position) == [1, 3, 5, 7, 9].map { first + $0 })
      for (position, result) in window { #expect(result == position * position) }
      counts.withLock { $0.taken += window.count }
    }
    try pool.join()
    // Five ahead of what the queue has handed out, which is counted here a window later.
    #expect(counts.withLock { $0.most } <= 5 + 5)
    #expect(queue.next() == nil)
  }

  @Test("who is asked to stop gets what is there, from the first on, and workers end")
  func stop() throws {
    let queue = OrderedQueue<String>(positions: Array(0..<6), ahead: 6)
    for position in [0, 1, 3] { queue.put("\(position)", at: position) }
    #expect(queue.take(0..<6) { true }.map(\.result) == ["0", "1"])
    #expect(queue.next() == 0)
    queue.stop()
    #expect(queue.next() == nil)
  }

  @Test("memory in work stays below the limit; what exceeds it runs alone")
  func gate() throws {
    let gate = MemoryGate(limit: 100)
    let used = Mutex((bytes: 0, most: 0, wasAlone: true))
    let pool = WorkerPool(count: 4)
    defer { pool.close() }
    pool.start { worker in
      for bytes in [30, 60, 150, 40, 10] {
        gate.enter(bytes)
        used.withLock {
          $0.bytes += bytes
          if bytes > 100 { $0.wasAlone = $0.wasAlone && $0.bytes == bytes }
          if bytes <= 100 { $0.most = max($0.most, $0.bytes) }
        }
        Thread.sleep(forTimeInterval: 0.001)
        used.withLock { $0.bytes -= bytes }
        gate.leave(bytes)
      }
    }
    try pool.join()
    let (_, most, wasAlone) = used.withLock { $0 }
    #expect(most <= 100 && wasAlone)
  }
}
