// From the gradients of single shards to the gradient of the global batch.

import Foundation
import Tensors

/// Where a worker adds the gradient of one shard.
public struct ShardGradient {
  /// `[count]` of the flat store: zeros, or the sum of shards that the same worker added before.
  public let values: UnsafeMutablePointer<Float>
  /// Whether the values are a complete sum with this shard, so that the model may finish them.
  public let completesSum: Bool
  /// Called during the last backward pass of the shard: everything from `offset` on is final. Nil when
  /// nobody waits for it.
  public let onFinal: ((_ offset: Int) -> Void)?

  public init(
    values: UnsafeMutablePointer<Float>, completesSum: Bool = false,
    onFinal: ((_ offset: Int) -> Void)? = nil
  ) {
    (self.values, self.completesSum, self.onFinal) = (values, completesSum, onFinal)
  }
}

/// The gradient of the global batch, as far as this rank updates it.
public struct GradientSum {
  /// `[segment.count]`: the sum over all images of all ranks; valid until the next step begins.
  public let values: UnsafePointer<Float>
  /// Place of the values in the flat store.
  public let segment: Range<Int>

  public init(values: UnsafePointer<Float>, segment: Range<Int>) {
    (self.values, self.segment) = (values, segment)
  }
}

/// Collects what the workers of a rank compute, sums it over all ranks, and shares what came of it.
///
/// A step is `begin`; then `add` for every shard of this rank, each worker in ascending order of its
/// shards, while the main thread is in `sum`; then, after the update of `updateSegment`, `share`.
/// Two implementations: `ExactReducer` and `AllReduceReducer`.
public protocol GradientReducer: AnyObject, Sendable {
  /// The part of the flat store whose gradient `sum` returns and which this rank updates.
  var updateSegment: Range<Int> { get }

  /// Begins a step.
  /// - Parameter workerShards: the shards of each worker of this rank.
  func begin(workerShards: [Range<Int>])

  /// Adds the gradient of one shard, by a worker thread.
  ///
  /// A worker whose `compute` throws adds nothing more in this step, and nobody waits for it.
  /// - Parameter compute: adds to the values it is given; its result is passed on.
  func add<Result>(
    shard: Int, worker: Int, _ compute: (ShardGradient) throws -> Result
  ) rethrows -> Result

  /// Sums over all ranks, after or while the workers compute.
  /// - Parameter join: waits for the workers of this rank and agrees with all ranks on how they ended.
  ///   It returns on all ranks, or throws on all ranks the same error; only an `MPIError` may be one
  ///   rank's own, because it ends the job.
  /// - Collective. Throws: what `join` throws, after the communication that was begun is complete on
  ///   every rank; `MPIError`.
  func sum<Agreement>(
    _ join: () throws -> Agreement
  ) throws -> (gradient: GradientSum, agreement: Agreement)

  /// Gives all ranks the whole of the parameters, of which each has updated its segment.
  /// - Collective.
  func share(_ parameters: UnsafeMutableBufferPointer<Float>) throws
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
