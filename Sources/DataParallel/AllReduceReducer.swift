// The conventional reduction: buckets of the gradient are summed by MPI_Iallreduce while backward is
// still running. Fast where the fabric accelerates it; its bits depend on the number of ranks.

import Foundation
import Kernels
import MPI
import Tensors

/// Every worker adds all its shards into one buffer. During the last backward pass, as soon as all
/// workers have finished a bucket, the main thread adds their parts and starts its `MPI_Iallreduce`.
/// Buckets go from the end of the flat store to its beginning, the order in which backward finishes.
public final class AllReduceReducer: GradientReducer, @unchecked Sendable {
  private let world: Communicator
  private let count: Int
  private let bucketSize: Int
  private var buffers: [AlignedBuffer<Float>] = []
  /// The gradient as it travels in bfloat16; nil: in float32.
  private let wire: (words: AlignedBuffer<UInt16>, sum: BFloat16Sum)?

  // Progress of the workers, guarded by `progress`.
  private let progress = NSCondition()
  private var lastShard: [Int?] = []
  private var finalFrom: [Int] = []
  private var isAbandoned = false
  public private(set) var exposedSeconds = 0.0

  public var updateSegment: Range<Int> { 0..<count }
  public var isSharded: Bool { false }

  /// - Parameters:
  ///   - bucketSize: floats per bucket.
  ///   - roundsToBFloat16: send half the bytes; every addition between ranks is rounded to bfloat16. The
  ///     sum over the workers of a rank stays float32.
  /// - Throws: `MPIError`.
  public init(
    world: Communicator, count: Int, bucketSize: Int, roundsToBFloat16: Bool = false
  ) throws {
    precondition(bucketSize > 0, "expected a positive bucket size, got \(bucketSize)")
    self.world = world
    self.count = count
    self.bucketSize = bucketSize
    wire =
      roundsToBFloat16 && world.size > 1 ? (AlignedBuffer(count: count), try BFloat16Sum()) : nil
  }

  public func beginStep(workerShards: [Range<Int>]) {
    while buffers.count < workerShards.count { buffers.append(AlignedBuffer(count: count)) }
    for buffer in buffers { buffer.zero() }
    progress.withLock {
      lastShard = workerShards.map(\.last)
      finalFrom = workerShards.map { $0.isEmpty ? 0 : count }
      isAbandoned = false
    }
  }

  public func beginShard(_ shard: Int, worker: Int) -> UnsafeMutablePointer<Float> {
    buffers[worker].pointer
  }

  public func completesSum(_ shard: Int, worker: Int) -> Bool { lastShard[worker] == shard }

  public func gradientsAreFinal(from offset: Int, shard: Int, worker: Int) {
    // Offset 0 is final only after the model has finished the sum: `endShard` reports it.
    guard offset > 0, lastShard[worker] == shard else { return }
    report(offset, worker: worker)
  }

  public func endShard(_ shard: Int, worker: Int) {
    if lastShard[worker] == shard { report(0, worker: worker) }
  }

  public func abandon() {
    progress.withLock {
      isAbandoned = true
      progress.signal()
    }
  }

  private func report(_ offset: Int, worker: Int) {
    progress.withLock {
      finalFrom[worker] = min(finalFrom[worker], offset)
      progress.signal()
    }
  }

  public func finish(join: () throws -> Void) throws -> UnsafeMutablePointer<Float> {
    var request = Request()
    do {
      try startBuckets(&request)
      try join()
    } catch {
      // The job is about to end; waiting for the other ranks would only delay it.
      request.abandon()
      throw error
    }
    let start = ContinuousClock.now
    try request.wait()
    if let wire { expand(halves(wire.words), into: buffers[0].pointer, count: count) }
    exposedSeconds = (ContinuousClock.now - start) / .seconds(1)
    return buffers[0].pointer
  }

  /// Sums the workers' parts of each bucket as it becomes final and starts its reduction.
  private func startBuckets(_ request: inout Request) throws {
    var end = count
    while end > 0 {
      let start = max(end - bucketSize, 0)
      guard waitForBucket(from: start) else { return }
      let bucket = buffers[0][start..<end]
      for buffer in buffers.dropFirst() {
        add(buffer.pointer + start, to: buffers[0].pointer + start, count: bucket.count)
      }
      request.add(try send(start..<end))
      // MPI makes progress inside calls only.
      _ = try request.isComplete()
      end = start
    }
  }

  private func send(_ range: Range<Int>) throws -> Request {
    guard let wire else { return try world.startAllReduce(buffers[0][range], .sum) }
    round(
      buffers[0].pointer + range.lowerBound, into: halves(wire.words) + range.lowerBound,
      count: range.count)
    return try wire.sum.start(wire.words[range], over: world)
  }

  /// BFloat16 is one UInt16.
  private func halves(_ words: AlignedBuffer<UInt16>) -> UnsafeMutablePointer<BFloat16> {
    UnsafeMutableRawPointer(words.pointer).assumingMemoryBound(to: BFloat16.self)
  }

  /// Returns false when a worker has failed.
  private func waitForBucket(from start: Int) -> Bool {
    progress.withLock {
      while !isAbandoned, finalFrom.contains(where: { $0 > start }) { progress.wait() }
      return !isAbandoned
    }
  }
}
