import Dispatch
import Foundation
import ImageData
import Synchronization
import Testing

@Suite struct PrefetchQueueTests {
  @Test(
    "every stream gets its items in order, whatever the threads and the budget",
    arguments: [1, 3], [0, 1, 10, 1000])
  func order(threads: Int, byteLimit: Int) {
    let streams = 4
    let queue = PrefetchQueue<Int, Int>(
      streamCount: streams, threadCount: threads, byteLimit: byteLimit, byteCount: { $0 % 7 },
      load: { request in
        if request % 5 == 0 { usleep(200) }
        return request * 2
      })
    for batch in 0..<3 {
      for stream in 0..<streams {
        queue.enqueue((0..<50).map { stream * 1000 + batch * 50 + $0 }, on: stream)
      }
    }
    DispatchQueue.concurrentPerform(iterations: streams) { stream in
      for number in 0..<150 {
        #expect(queue.take(from: stream) == (stream * 1000 + number) * 2)
      }
    }
  }

  @Test("one consumer far behind another does not stop it")
  func uneven() {
    let queue = PrefetchQueue<Int, Int>(
      streamCount: 2, threadCount: 1, byteLimit: 3, byteCount: { _ in 1 }, load: { $0 })
    queue.enqueue(Array(0..<100), on: 0)
    queue.enqueue(Array(0..<100), on: 1)
    // Stream 0 is never taken from while stream 1 goes to its end.
    for number in 0..<100 { #expect(queue.take(from: 1) == number) }
    for number in 0..<100 { #expect(queue.take(from: 0) == number) }
  }

  @Test("no more is loaded ahead than the budget allows")
  func budget() {
    final class Counter: Sendable {
      let loaded = Atomic<Int>(0)
      let taken = Atomic<Int>(0)
      let mostAhead = Atomic<Int>(0)
      let loads = DispatchSemaphore(value: 0)
    }
    let counter = Counter()
    let queue = PrefetchQueue<Int, Int>(
      streamCount: 1, threadCount: 2, byteLimit: 50, byteCount: { _ in 10 },
      load: { request in
        let loaded = counter.loaded.add(1, ordering: .sequentiallyConsistent).newValue
        let ahead = loaded - counter.taken.load(ordering: .sequentiallyConsistent)
        counter.mostAhead.max(ahead, ordering: .sequentiallyConsistent)
        counter.loads.signal()
        return request
      })
    queue.enqueue(Array(0..<100), on: 0)
    // Five fit; each item that is taken makes room for one more.
    for _ in 0..<5 { #expect(counter.loads.wait(timeout: .now() + 20) == .success) }
    for number in 0..<100 {
      counter.taken.add(1, ordering: .sequentiallyConsistent)
      #expect(queue.take(from: 0) == number)
      if number < 95 { #expect(counter.loads.wait(timeout: .now() + 20) == .success) }
    }
    #expect(counter.mostAhead.load(ordering: .sequentiallyConsistent) == 5)
  }

  @Test("after removeAll new requests come and old ones do not")
  func removal() {
    let queue = PrefetchQueue<Int, Int>(
      streamCount: 1, threadCount: 2, byteLimit: 10, byteCount: { _ in 1 },
      load: { request in
        usleep(100)
        return request
      })
    for round in 0..<20 {
      queue.enqueue((0..<50).map { round * 100 + $0 }, on: 0)
      for number in 0..<5 { #expect(queue.take(from: 0) == round * 100 + number) }
      queue.removeAll()
    }
  }

  @Test("a queue that is given up ends its threads and frees its items")
  func closing() async throws {
    final class Token: Sendable {}
    weak var last: Token?
    do {
      let token = Token()
      last = token
      let queue = PrefetchQueue<Int, Token>(
        streamCount: 1, threadCount: 1, byteLimit: 100, byteCount: { _ in 1 },
        load: { _ in token })
      queue.enqueue([1, 2, 3], on: 0)
      _ = queue.take(from: 0)
    }
    for _ in 0..<100 where last != nil { try await Task.sleep(for: .milliseconds(10)) }
    #expect(last == nil)
  }
}
