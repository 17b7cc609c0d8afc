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

  /// The last shard of each worker; nil for one without shards. Set before the workers begin.
  private var lastShard: [Int?] = []
  /// Each worker's buffer is final from here on; guarded by `progress`.
  private var finalFrom: [Int] = []
  private let progress = NSCondition()

  public var updateSegment: Range<Int> { 0..<count }

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

  public func begin(workerShards: [Range<Int>]) {
    while buffers.count < workerShards.count { buffers.append(AlignedBuffer(count: count)) }
    for buffer in buffers { buffer.zero() }
    lastShard = workerShards.map(\.last)
    progress.withLock { finalFrom = workerShards.map { $0.isEmpty ? 0 : count } }
  }

  public func add<Result>(
    shard: Int, worker: Int, _ compute: (ShardGradient) throws -> Result
  ) rethrows -> Result {
    let isLast = lastShard[worker] == shard
    // Offset 0 is final only after the model has finished the sum, that is, when `compute` returns.
    let gradient = ShardGradient(
      values: buffers[worker].pointer, completesSum: isLast,
      onFinal: isLast ? { if $0 > 0 { self.report($0, worker: worker) } } : nil)
    do {
      let result = try compute(gradient)
      if isLast { report(0, worker: worker) }
      return result
    } catch {
      // What it has not added will not come, on this rank. The buckets travel all the same: the other
      // ranks have begun to send theirs.
      report(0, worker: worker)
      throw error
    }
  }

  private func report(_ offset: Int, worker: Int) {
    progress.withLock {
      finalFrom[worker] = min(finalFrom[worker], offset)
      progress.signal()
    }
  }

  public func sum<Agreement>(
    _ join: () throws -> Agreement
  ) throws -> (gradient: GradientSum, agreement: Agreement) {
    var request = Request()
    let agreement: Result<Agreement, any Error>
    do {
      try startBuckets(&request)
      agreement = .success(try join())
    } catch let error as MPIError {
      // The job is about to end; waiting for the other ranks would only delay it.
      request.abandon()
      throw error
    } catch {
      agreement = .failure(error)
    }
    // Every rank has started every bucket, also one whose worker has failed, so all of them complete.
    try request.wait()
    let agreed = try agreement.get()
    if let wire { expand(halves(wire.words), into: buffers[0].pointer, count: count) }
    return (GradientSum(values: buffers[0].pointer, segment: updateSegment), agreed)
  }

  /// Every rank has updated everything by itself.
  public func share(_ parameters: UnsafeMutableBufferPointer<Float>) {}

  /// Sums the workers' parts of each bucket as it becomes final and starts its reduction.
  private func startBuckets(_ request: inout Request) throws {
    var end = count
    while end > 0 {
      let start = max(end - bucketSize, 0)
      waitForBucket(from: start)
      let bucket = buffers[0][start..<end]
      for buffer in buffers.dropFirst() {
        Kernels.add(buffer.pointer + start, to: buffers[0].pointer + start, count: bucket.count)
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

  private func waitForBucket(from start: Int) {
    progress.withLock {
      while finalFrom.contains(where: { $0 > start }) { progress.wait() }
    }
  }
}
