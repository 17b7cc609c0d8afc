// Background loading: items of several ordered streams are made ahead of their consumers, bounded
// in bytes. Knows nothing about images.

import Foundation

/// Loads items on background threads, in the order in which each stream will be consumed.
///
/// Each consumer (a worker thread) has its own stream and takes its items in order. A loader thread
/// always makes the next item of the stream that has least waiting, so no consumer can be starved
/// by another one that runs behind, and a stream with nothing waiting may always load one item,
/// however small the budget: `take` never deadlocks. What an item is depends on its request alone,
/// never on timing.
public final class PrefetchQueue<Request: Sendable, Item: Sendable>: Sendable {
  private let state: PrefetchState<Request, Item>

  /// - Parameters:
  ///   - streamCount: number of consumers.
  ///   - threadCount: number of loader threads.
  ///   - byteLimit: memory that waiting and loading items may take together.
  ///   - byteCount: the memory that the item of a request will take.
  ///   - load: makes the item; called from several threads at once.
  public init(
    streamCount: Int, threadCount: Int, byteLimit: Int,
    byteCount: @escaping @Sendable (Request) -> Int, load: @escaping @Sendable (Request) -> Item
  ) {
    precondition(
      streamCount > 0 && threadCount > 0,
      "expected streams and threads, got \(streamCount) and \(threadCount)")
    state = PrefetchState(streamCount: streamCount, byteLimit: byteLimit, byteCount: byteCount)
    for index in 0..<threadCount {
      let thread = Thread { [state] in
        while let (request, ticket) = state.next() { state.finish(ticket, load(request)) }
      }
      thread.name = "loader \(index)"
      // Image decoders use deep stacks; the default of secondary threads is 512 KiB.
      thread.stackSize = 8 << 20
      thread.start()
    }
  }

  deinit { state.close() }

  /// Appends requests to a stream; loading starts at once.
  public func enqueue(_ requests: [Request], on stream: Int) { state.enqueue(requests, stream) }

  /// The next item of a stream, in the order of its requests; waits until it is loaded.
  /// - Precondition: the stream has a request that was not taken, and no other thread takes from
  ///   it.
  public func take(from stream: Int) -> Item { state.take(stream) }

  /// Forgets all requests that were not taken and the items made for them, for instance after an
  /// epoch was stopped early. Not to be called while a `take` waits.
  public func removeAll() { state.removeAll() }

  /// Seconds that all `take`s together have waited, and seconds that all loads together have taken.
  public var seconds: (waiting: Double, loading: Double) { state.seconds }
}

/// The state that loaders and consumers share; everything below `lock`.
private final class PrefetchState<Request: Sendable, Item: Sendable>: @unchecked Sendable {
  struct Ticket {
    let stream: Int
    let number: Int
    let bytes: Int
    let generation: Int
    let start: UInt64
  }

  private struct Stream {
    var requests: [Request] = []
    /// Requests before this one are loading or loaded; numbers count from the beginning of the
    /// stream.
    var nextRequest = 0
    /// Requests before this one were taken.
    var nextTake = 0
    /// Number of the first element of `requests`.
    var firstNumber = 0
    var items: [Int: (item: Item, bytes: Int)] = [:]

    var isPending: Bool { nextRequest - firstNumber < requests.count }
    var ahead: Int { nextRequest - nextTake }
  }

  private let lock = NSCondition()
  private let byteLimit: Int
  private let byteCount: @Sendable (Request) -> Int
  private var streams: [Stream]
  private var bytesInUse = 0
  private var isClosed = false
  private var generation = 0
  private var waitingNanoseconds: UInt64 = 0
  private var loadingNanoseconds: UInt64 = 0

  init(streamCount: Int, byteLimit: Int, byteCount: @escaping @Sendable (Request) -> Int) {
    streams = Array(repeating: Stream(), count: streamCount)
    self.byteLimit = byteLimit
    self.byteCount = byteCount
  }

  func enqueue(_ requests: [Request], _ stream: Int) {
    lock.withLock {
      // What was taken is dropped here, once per batch.
      let taken = streams[stream].nextTake - streams[stream].firstNumber
      streams[stream].requests.removeFirst(taken)
      streams[stream].firstNumber += taken
      streams[stream].requests += requests
      lock.broadcast()
    }
  }

  /// What a loader does next; nil when the queue is closed.
  func next() -> (Request, Ticket)? {
    lock.withLock {
      while !isClosed {
        if let found = choose() { return found }
        lock.wait()
      }
      return nil
    }
  }

  private func choose() -> (Request, Ticket)? {
    var best: Int?
    for (index, stream) in streams.enumerated() where stream.isPending {
      if best.map({ stream.ahead < streams[$0].ahead }) ?? true { best = index }
    }
    guard let best else { return nil }
    let number = streams[best].nextRequest
    let request = streams[best].requests[number - streams[best].firstNumber]
    let bytes = byteCount(request)
    guard bytesInUse + bytes <= byteLimit || streams[best].ahead == 0 else { return nil }
    streams[best].nextRequest += 1
    bytesInUse += bytes
    return (
      request,
      Ticket(
        stream: best, number: number, bytes: bytes, generation: generation,
        start: DispatchTime.now().uptimeNanoseconds)
    )
  }

  func finish(_ ticket: Ticket, _ item: Item) {
    lock.withLock {
      loadingNanoseconds += DispatchTime.now().uptimeNanoseconds - ticket.start
      if ticket.generation == generation {
        streams[ticket.stream].items[ticket.number] = (item, ticket.bytes)
      } else {
        bytesInUse -= ticket.bytes
      }
      lock.broadcast()
    }
  }

  func take(_ stream: Int) -> Item {
    lock.withLock {
      let number = streams[stream].nextTake
      precondition(
        number - streams[stream].firstNumber < streams[stream].requests.count,
        "expected a request on stream \(stream), all \(number) were taken")
      let start = DispatchTime.now().uptimeNanoseconds
      while true {
        if let (item, bytes) = streams[stream].items.removeValue(forKey: number) {
          streams[stream].nextTake += 1
          bytesInUse -= bytes
          waitingNanoseconds += DispatchTime.now().uptimeNanoseconds - start
          lock.broadcast()
          return item
        }
        lock.wait()
      }
    }
  }

  func removeAll() {
    lock.withLock {
      generation += 1
      for index in streams.indices {
        bytesInUse -= streams[index].items.values.reduce(0) { $0 + $1.bytes }
        streams[index] = Stream()
      }
      lock.broadcast()
    }
  }

  func close() {
    lock.withLock {
      isClosed = true
      lock.broadcast()
    }
  }

  var seconds: (waiting: Double, loading: Double) {
    lock.withLock { (Double(waitingNanoseconds) * 1e-9, Double(loadingNanoseconds) * 1e-9) }
  }
}
