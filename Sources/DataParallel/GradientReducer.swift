// From the gradients of single shards to the gradient of the global batch.

import Foundation
import Tensors

/// Collects what the workers of a rank compute and sums it over all ranks.
///
/// Per step, each worker calls `beginShard` and `endShard` for its shards in ascending order, while the
/// main thread is in `finish`. Two implementations: `ExactReducer` and `AllReduceReducer`.
public protocol GradientReducer: AnyObject, Sendable {
  /// The part of the flat store whose gradient `finish` returns and which this rank updates.
  var updateSegment: Range<Int> { get }
  /// Whether `updateSegment` is only a part, so that parameters must be gathered after the update.
  var isSharded: Bool { get }

  /// A new step begins; `workerShards` lists the shards of each worker.
  func beginStep(workerShards: [Range<Int>])
  /// The flat buffer that the gradient of `shard` is to be added to.
  func beginShard(_ shard: Int, worker: Int) -> UnsafeMutablePointer<Float>
  /// Whether the buffer holds a complete sum after `shard`, so that the model may finish it.
  func completesSum(_ shard: Int, worker: Int) -> Bool
  /// During backward of the last micro-batch: everything from `offset` on is final for this worker.
  func gradientsAreFinal(from offset: Int, shard: Int, worker: Int)
  func endShard(_ shard: Int, worker: Int)

  /// A worker failed: `finish` must not wait for its gradients but throw what `join` throws.
  func abandon()

  /// Sums over all ranks, after or while the workers compute; returns `[updateSegment.count]`, valid
  /// until the next `beginStep`.
  /// - Parameter join: waits for the workers and throws what they threw.
  /// - Collective: every rank calls this once per step.
  func finish(join: () throws -> Void) throws -> UnsafeMutablePointer<Float>
  /// Seconds that the last `finish` spent in communication after the workers were done.
  var exposedSeconds: Double { get }
}

/// Buffers of the flat store's size, reused from step to step.
final class GradientPool: @unchecked Sendable {
  private let lock = NSLock()
  private var free: [AlignedBuffer<Float>] = []
  private let count: Int

  init(count: Int) { self.count = count }

  /// A buffer of zeros.
  func take() -> AlignedBuffer<Float> {
    let buffer = lock.withLock { free.popLast() }
    buffer?.zero()
    return buffer ?? AlignedBuffer(count: count)
  }

  func giveBack(_ buffer: AlignedBuffer<Float>) { lock.withLock { free.append(buffer) } }
}
