// What a run will need, from configuration and index alone.

import DataParallel
import Foundation
import ImageData
import MPI
import MUSIQ
import Multiscale
import RunConfig
import Tables
import Tensors

/// The plan of a run, computed without starting it.
public struct RunPlan: CustomStringConvertible {
  public let description: String

  /// Plans the first batch of the run.
  public init(_ run: RunAssembly) {
    let (configuration, index, model) = (run.configuration, run.data.training, run.model)
    let (ranks, workers) = (run.ranks, run.workers)
    let parallel = configuration.parallel
    var batches = run.batches
    let batch = batches.batch(at: DataPosition(epoch: 0, cursor: 0)).plan
    let tokens = batch.samples.map(\.tokens).sorted()
    let cost = ModelCost(configuration.model)
    let flops = tokens.reduce(0) { $0 + cost.trainingFLOPs(tokens: $1) }
    let mebibytes = Double(model.layout.storageCount) * 4 / 1_048_576
    let buffers = Self.gradientBuffers(parallel, ranks: ranks, workers: workers)
    func percentile(_ share: Double) -> Int { tokens[Int(share * Double(tokens.count - 1))] }
    let labels = run.data.notes + [run.task.description]
    description =
      labels.map { "data              \($0)\n" }.joined() + """
        parameters        \(model.layout.parameterCount) in \(model.layout.entries.count) tensors
        images            \(index.count)\(index.kind == .classes ? " in \(index.classNames.count) classes" : ""), \(index.excluded.count) excluded
        tokens per image  median \(percentile(0.5)), 95 % \(percentile(0.95)), largest \(tokens[tokens.count - 1]) (first batch)
        batch             \(parallel.globalBatchSize) images in \(parallel.gradientShards) shards over \(ranks) ranks, \(workers) workers each\(parallel.workers == 0 ? " (as on this machine)" : "")
        balance           largest rank has \(fixed(batch.shards.imbalance(owners: ranks), 4)) of the mean cost
        steps             \(run.stepsPerEpoch) per epoch, \(run.schedule.totalSteps) in all
        compute           \(fixed(flops * 1e-9, 0)) GFLOP per step
        memory per rank   weights \(fixed(mebibytes, 0)) MiB, moments \(fixed(2 * mebibytes / Double(ranks), 0)) MiB, gradients up to \(fixed(mebibytes * Double(buffers), 0)) MiB, images \(configuration.data.prefetchMegabytes) MiB, plus activations
        checkpoint        \(fixed(3 * mebibytes, 0)) MiB
        """
  }

  /// Gradient buffers that a rank may hold at once: one per level of each worker's binary counter.
  private static func gradientBuffers(
    _ parallel: ParallelConfiguration, ranks: Int, workers: Int
  ) -> Int {
    guard parallel.reduction == .exact else { return workers }
    let perWorker = max(1, (parallel.gradientShards + ranks * workers - 1) / (ranks * workers))
    let depth = Int.bitWidth - (perWorker - 1).leadingZeroBitCount
    return workers * (depth + 1) + 1
  }
}
