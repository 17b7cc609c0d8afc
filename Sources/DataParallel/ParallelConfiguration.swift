// The section `parallel` of a run's configuration: how a global batch is divided and its gradient summed.

import Configuration
import Kernels

/// The division of work.
public struct ParallelConfiguration: ConfigurationSection {
  /// How gradients become one sum.
  public enum Reduction: String, Codable, CaseIterable, Sendable {
    /// One fixed tree over the shards: the same bits at any number of ranks; sharded optimizer.
    case exact
    /// Bucketed `MPI_Iallreduce` during backward; replicated optimizer.
    case allreduce
  }

  /// Images of one update over all ranks, at least 1.
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
  /// Tokens that one backward pass of a worker aims at; images are joined up to it, never split.
  public var microBatchTokens = 512
  /// Steps between comparisons of all ranks' state, when one shard is computed a second time, too; 0 for
  /// never.
  public var replicaCheckSteps = 100

  public static let keys: [ConfigurationKey<Self>] = [
    .integer(
      "globalBatchSize", \.globalBatchSize, 1...16_777_216, unit: "images",
      "images per update over all ranks; any number of ranks may share them"),
    .integer(
      "gradientShards", \.gradientShards, 1...65536, unit: "shards",
      """
      slices of the batch, the order of summation: part of the run, at least ranks × workers, at most \
      the batch
      """),
    .integer(
      "workers", \.workers, 0...4096, unit: "threads",
      "threads per rank; 0: the cores of the node divided by its ranks"),
    .flag(
      "bindWorkers", \.bindWorkers,
      """
      whether each worker keeps to the processors of one memory domain (NUMA node); no effect on \
      machines with one
      """),
    .choice(
      "reduction", \.reduction,
      "`exact`: the same bits on any number of ranks; `allreduce`: `MPI_Iallreduce`"),
    .choice(
      "wire", \.wire,
      """
      `bf16`: with `allreduce`, gradients travel in half the bytes and additions between ranks are \
      rounded
      """),
    .integer(
      "bucketMegabytes", \.bucketMegabytes, 1...2047, unit: "MiB",
      "size of one message of `allreduce`"),
    .choice(
      "precision", \.precision,
      """
      `fp32`, or `bf16`: products in bfloat16, sums, weights and norms in float; needs such a \
      processor
      """),
    .integer(
      "microBatchTokens", \.microBatchTokens, 1...1_000_000, unit: "tokens",
      "tokens that one backward pass joins small images up to"),
    .integer(
      "replicaCheckSteps", \.replicaCheckSteps, 0...1_000_000_000, unit: "steps",
      """
      steps between checks: all ranks' state is compared, and with `exact` one shard is computed again by \
      another rank; 0: never
      """),
  ]

  /// The built-in defaults.
  public init() {}

  public func checkTogether(_ check: inout Check) {
    check.require(
      globalBatchSize >= gradientShards, "globalBatchSize",
      "expected at least one image per gradient shard, found \(globalBatchSize) images for "
        + "parallel.gradientShards = \(gradientShards); raise parallel.globalBatchSize to "
        + "\(gradientShards) or lower parallel.gradientShards to \(globalBatchSize)")
    check.require(
      wire == .fp32 || reduction == .allreduce, "wire",
      "expected fp32 with parallel.reduction: exact, found bf16; use parallel.reduction: allreduce "
        + "for a rounded exchange")
  }
}
