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

  /// - Parameters:
  ///   - initial: the parameters to start from, which must fit.
  ///   - ranks: number of ranks to plan for; the launch's if nil.
  /// - Collective: every rank of `world` (the index is read by all).
  public init(
    _ configuration: RunConfiguration, from initial: InitialModel = .random, ranks: Int? = nil,
    world: Communicator
  ) throws {
    let ranks = ranks ?? world.size
    let data = try TrainingData(
      configuration.data, objective: configuration.objective, indexDirectory: nil, world: world)
    let index = data.training
    let task = try LearningTask(configuration, training: index, initial: initial)
    let configuration = task.configuration
    let parallel = configuration.parallel
    let workers = try parallel.workerCount(world: world)
    try configuration.check(ranks: ranks, workers: parallel.workers > 0 ? workers : 1)
    let model = MUSIQModel(configuration.model)
    try initial.check(model, keepsHead: task.keepsHead)
    let cost = ModelCost(configuration.model)
    let planner = BatchPlanner(
      index: index,
      augmentation: Augmentation(
        configuration: configuration.augmentation, seed: configuration.run.seed),
      multiscale: configuration.model.multiscale, costModel: CostModel(cost),
      shardCount: parallel.gradientShards)
    let order = EpochOrder(seed: configuration.run.seed, epoch: 0, count: index.count)
    let batch = planner.plan(
      order: order, epoch: 0, positions: 0..<min(parallel.globalBatchSize, index.count))
    let tokens = batch.samples.map(\.tokens).sorted()
    let stepsPerEpoch = (index.count + parallel.globalBatchSize - 1) / parallel.globalBatchSize
    let steps = configuration.schedule.totalSteps(stepsPerEpoch: stepsPerEpoch)
    let flops = tokens.reduce(0) { $0 + cost.trainingFLOPs(tokens: $1) }
    let mebibytes = Double(model.layout.storageCount) * 4 / 1_048_576
    let buffers = Self.gradientBuffers(parallel, ranks: ranks, workers: workers)
    func percentile(_ share: Double) -> Int { tokens[Int(share * Double(tokens.count - 1))] }
    let labels = (data.notes + [task.description]).map { "data              \($0)\n" }.joined()
    description =
      labels + """
        parameters        \(model.layout.parameterCount) in \(model.layout.entries.count) tensors
        images            \(index.count)\(index.kind == .classes ? " in \(index.classNames.count) classes" : ""), \(index.excluded.count) excluded
        tokens per image  median \(percentile(0.5)), 95 % \(percentile(0.95)), largest \(tokens[tokens.count - 1]) (first batch)
        batch             \(parallel.globalBatchSize) images in \(parallel.gradientShards) shards over \(ranks) ranks, \(workers) workers each\(parallel.workers == 0 ? " (as on this machine)" : "")
        balance           largest rank has \(fixed(batch.shards.imbalance(owners: ranks), 4)) of the mean cost
        steps             \(stepsPerEpoch) per epoch, \(steps) in all
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
