// What a run will need, from its configuration and, if there is one, its data.

import DataParallel
import Foundation
import ImageData
import MPI
import MUSIQ
import Multiscale
import Optimizers
import RunConfig
import Tables
import Tensors

/// The plan of a run, computed without starting it.
public struct RunPlan: Sendable {
  /// How fast a rank computes.
  public struct Speed: Sendable {
    /// Images of a rank per second.
    public let imagesPerSecond: Double
    /// Where the figure comes from, in words.
    public let source: String

    public init(imagesPerSecond: Double, source: String) {
      (self.imagesPerSecond, self.source) = (imagesPerSecond, source)
    }
  }

  /// With everything resolved that the data decides, as far as there are data.
  public let configuration: RunConfiguration
  /// Floating-point operations of the products for one image, forward and backward: the mean of the first
  /// batch, or that of the assumed size.
  public let flopsPerImage: Double
  private let images: Int
  /// Steps in all; nil where the data decide.
  private let steps: Int?
  private let ranks: Int
  private let lines: [(name: String, text: String)]

  /// Images that are taken for those of an unknown set: 375 × 500 pixels, the size of most of ImageNet.
  public static let assumedSize = (height: 375, width: 500)

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
    func percentile(_ share: Double) -> Int { tokens[Int(share * Double(tokens.count - 1))] }
    let classes = index.kind == .classes ? " in \(index.classNames.count) classes" : ""
    self.configuration = configuration
    self.ranks = ranks
    images = parallel.globalBatchSize
    steps = run.schedule.totalSteps
    flopsPerImage = flops / Double(tokens.count)
    lines =
      (run.data.notes + [run.task.description]).map { ("data", $0) }
      + [
        ("parameters", Self.parameters(model.layout)),
        ("images", "\(index.count)\(classes), \(index.excluded.count) excluded"),
        (
          "tokens per image",
          "median \(percentile(0.5)), 95 % \(percentile(0.95)), largest \(tokens[tokens.count - 1]) "
            + "(first batch)"
        ), ("batch", Self.batch(parallel, ranks: ranks, workers: workers)),
        (
          "balance",
          "largest rank has \(fixed(batch.shards.imbalance(owners: ranks), 4)) of the mean cost"
        ), ("steps", "\(run.stepsPerEpoch) per epoch, \(run.schedule.totalSteps) in all"),
        ("compute", "\(fixed(flops * 1e-9, 0)) GFLOP per step"),
      ] + Self.memory(model.layout, run.optimizer, configuration, ranks: ranks, workers: workers)
  }

  /// Plans a run whose data are not named yet: what they decide is said to be unknown.
  /// - Parameters:
  ///   - outputs: outputs that are assumed where the labels decide.
  ///   - ranks: ranks to plan for; the launch's if nil.
  /// - Throws: `ConfigurationError` for settings that do not go together.
  public init(
    withoutData configuration: RunConfiguration, outputs: Int, ranks: Int? = nil,
    world: Communicator
  ) throws {
    var configuration = configuration
    let isAssumed = configuration.model.outputCount == 0
    if isAssumed { configuration.model.outputCount = outputs }
    let (parallel, ranks) = (configuration.parallel, ranks ?? world.size)
    let workers = try parallel.workerCount(world: world)
    try configuration.check(ranks: ranks, workers: parallel.workers > 0 ? workers : 1)
    let model = MUSIQModel(configuration.model)
    let size = Self.assumedSize
    let tokens = TokenGeometry.validTokens(
      height: size.height, width: size.width, configuration: configuration.model.multiscale)
    let schedule = configuration.schedule
    self.configuration = configuration
    self.ranks = ranks
    images = parallel.globalBatchSize
    steps = schedule.steps > 0 ? schedule.steps : nil
    flopsPerImage = ModelCost(configuration.model).trainingFLOPs(tokens: tokens)
    lines =
      [
        (
          "parameters",
          Self.parameters(model.layout)
            + (isAssumed ? ", with \(outputs) \(outputs == 1 ? "output" : "outputs") assumed" : "")
        ), ("images", "unknown: no data are named; their number, labels and sizes decide"),
        (
          "tokens per image",
          "\(tokens) for \(size.width) × \(size.height) pixels, the size of most of ImageNet, assumed"
        ), ("batch", Self.batch(parallel, ranks: ranks, workers: workers)),
        (
          "steps",
          schedule.steps > 0
            ? "\(schedule.steps) in all"
            : "unknown: \(fixed(Double(schedule.epochs), 0)) epochs of the data"
        ),
        (
          "compute",
          "\(fixed(flopsPerImage * Double(parallel.globalBatchSize) * 1e-9, 0)) GFLOP per step"
        ),
      ]
      + Self.memory(
        model.layout, configuration.optimizer.optimizer(layout: model.layout), configuration,
        ranks: ranks, workers: workers)
  }

  /// The plan as lines.
  /// - Parameter speed: for the time; nil leaves it out.
  public func text(_ speed: Speed?) -> String {
    var lines = lines
    if let speed { lines.append(("time", time(speed))) }
    return lines.map { "\(padded($0.name, 18))\($0.text)" }.joined(separator: "\n")
  }

  private func time(_ speed: Speed) -> String {
    let rate = speed.imagesPerSecond * Double(ranks)
    let step = Double(images) / rate
    let whole =
      steps.map { "\(duration(step * Double($0))) for \($0) steps" }
      ?? "\(duration(1e6 / rate)) per million images"
    return
      "\(fixed(step, step < 10 ? 2 : 0)) s per step, \(whole): \(fixed(rate, 1)) img/s on \(ranks) "
      + "\(ranks == 1 ? "rank" : "ranks") (\(speed.source); waiting for data and other ranks not counted)"
  }

  private static func parameters(_ layout: ParameterLayout) -> String {
    "\(layout.parameterCount) in \(layout.entries.count) tensors"
  }

  private static func batch(
    _ parallel: ParallelConfiguration, ranks: Int, workers: Int
  ) -> String {
    "\(parallel.globalBatchSize) images in \(parallel.gradientShards) shards over \(ranks) ranks, "
      + "\(workers) workers each\(parallel.workers == 0 ? " (as on this machine)" : "")"
  }

  private static func memory(
    _ layout: ParameterLayout, _ optimizer: any Optimizer, _ configuration: RunConfiguration,
    ranks: Int, workers: Int
  ) -> [(String, String)] {
    let mebibytes = Double(layout.storageCount) * 4 / 1_048_576
    let moments = Double(optimizer.momentNames.count)
    let buffers = gradientBuffers(configuration.parallel, ranks: ranks, workers: workers)
    return [
      (
        "memory per rank",
        "weights \(fixed(mebibytes, 0)) MiB, moments \(fixed(moments * mebibytes / Double(ranks), 0)) "
          + "MiB, gradients up to \(fixed(mebibytes * Double(buffers), 0)) MiB, images "
          + "\(configuration.data.prefetchMegabytes) MiB, plus activations"
      ), ("checkpoint", "\(fixed((1 + moments) * mebibytes, 0)) MiB"),
    ]
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
