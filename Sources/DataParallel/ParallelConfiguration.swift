// The section `parallel` of a run's configuration: how a global batch is divided and its gradient summed.

import Kernels

/// The division of work.
public struct ParallelConfiguration: Codable, Equatable, Sendable {
  /// How gradients become one sum.
  public enum Reduction: String, Codable, CaseIterable, Sendable {
    /// One fixed tree over the shards: the same bits at any number of ranks; sharded optimizer.
    case exact
    /// Bucketed `MPI_Iallreduce` during backward; replicated optimizer.
    case allreduce
  }

  /// Pictures of one update over all ranks, at least 1.
  public var globalBatchSize = 4096
  /// Slices of the global batch, the unit of determinism: 1 to 65536, at least ranks × workers. Another
  /// number is another summation order, so it belongs to the run, not to the machine.
  public var gradientShards = 64
  /// Worker threads per rank; 0 for the cores of the node divided by its ranks.
  public var workers = 0
  /// Whether each worker keeps to the processors of one memory domain (NUMA node) of its machine.
  public var bindWorkers = true
  /// How gradients become one sum.
  public var reduction = Reduction.exact
  /// Arithmetic of the gradient between ranks, with `allreduce`: bf16 sends half the bytes and rounds every
  /// addition between ranks. `exact` always sends fp32.
  public var wire = Precision.fp32
  /// Size of the buckets of `allreduce` in MiB, 1 to 2047.
  public var bucketMegabytes = 25
  /// Arithmetic of the matrix products.
  public var precision = Precision.fp32
  /// Tokens that one backward pass of a worker aims at; pictures are joined up to it, never split.
  public var microBatchTokens = 512
  /// Steps between comparisons of the parameters over all ranks; 0 for never.
  public var replicaCheckSteps = 100

  /// The built-in defaults.
  public init() {}

  /// Values out of range, by key.
  public func problems() -> [(key: String, message: String)] {
    var found: [(key: String, message: String)] = []
    func expect(_ key: String, _ value: Int, in range: ClosedRange<Int>) {
      if !range.contains(value) {
        found.append(
          (key, "expected \(range.lowerBound) to \(range.upperBound), found \(value)"))
      }
    }
    expect("globalBatchSize", globalBatchSize, in: 1...16_777_216)
    expect("gradientShards", gradientShards, in: 1...65536)
    expect("workers", workers, in: 0...4096)
    expect("bucketMegabytes", bucketMegabytes, in: 1...2047)
    expect("microBatchTokens", microBatchTokens, in: 1...1_000_000)
    expect("replicaCheckSteps", replicaCheckSteps, in: 0...1_000_000_000)
    if globalBatchSize >= 1 && gradientShards >= 1 && globalBatchSize < gradientShards {
      found.append(
        (
          "globalBatchSize",
          "expected at least one picture per gradient shard, found \(globalBatchSize) pictures for "
            + "parallel.gradientShards = \(gradientShards); raise parallel.globalBatchSize to "
            + "\(gradientShards) or lower parallel.gradientShards to \(globalBatchSize)"
        ))
    }
    if wire == .bf16 && reduction == .exact {
      found.append(
        (
          "wire",
          "expected fp32 with parallel.reduction: exact, found bf16; use parallel.reduction: allreduce "
            + "for a rounded exchange"
        ))
    }
    return found
  }
}
