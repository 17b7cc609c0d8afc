// Gradient reduction and optimizer alone, without a model's forward and backward.

import DataParallel
import Foundation
import Kernels
import MPI
import Optimizers
import Tensors

/// Seconds of one update's communication, as medians over all repeats, slowest rank.
public struct ReduceBenchmarkResult: Codable, Sendable {
  public var mode = "reduce"
  public var ranks: Int
  public var parameters: Int
  /// Exact reduction of one shard per rank: combine, exchange, finish the tree.
  public var exactSeconds: Double
  /// `MPI_Allreduce` of the same bytes.
  public var allReduceSeconds: Double
  /// Norm, AdamW on the own segment, gathering the parameters.
  public var updateSeconds: Double
  public var exactOverAllReduce: Double
}

/// Times the reducers on `world`.
public struct ReduceBenchmark {
  private let world: Communicator
  private let count: Int
  private let repeats: Int

  public init(world: Communicator, count: Int, repeats: Int) {
    (self.world, self.count, self.repeats) = (world, count, repeats)
  }

  /// - Collective.
  public func run() throws -> ReduceBenchmarkResult {
    let partition = FlatPartition(count: count, parts: world.size)
    let exact = ExactReducer(world: world, partition: partition, shardCount: world.size)
    let segment = partition.segments[world.rank]
    let parameters = AlignedBuffer<Float>(count: count)
    let moments = (0..<2).map { _ in AlignedBuffer<Float>(count: segment.count) }
    let layout = ParameterLayout([ParameterSpecification("all", [count], .zeros)])
    let optimizer = AdamW(
      beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1,
      plan: UpdatePlan(layout: layout, decayOnlyKernels: false))
    let whole = AlignedBuffer<Float>(count: count)
    var times: (exact: [Double], allReduce: [Double], update: [Double]) = ([], [], [])
    for _ in 0...repeats {
      exact.begin(workerShards: [world.rank..<world.rank + 1])
      exact.add(shard: world.rank, worker: 0) { _ in }
      try world.barrier()
      var watch = Stopwatch()
      let (gradient, _) = try exact.sum {}
      times.exact.append(try slowest(watch.seconds))

      watch = Stopwatch()
      _ = try GradientNorm(world: world, partition: partition)(of: gradient, scale: 1)
      optimizer.update(
        UpdateSegment(
          parameters: parameters.pointer, gradient: gradient.values,
          moments: moments.map(\.pointer), segment: segment),
        step: 1, learningRate: 1e-3, gradientScale: 1)
      try exact.share(parameters.elements)
      times.update.append(try slowest(watch.seconds))

      watch = Stopwatch()
      try world.allReduce(whole.elements, .sum)
      times.allReduce.append(try slowest(watch.seconds))
    }
    func median(_ all: [Double]) -> Double { all.dropFirst().sorted()[repeats / 2] }
    return ReduceBenchmarkResult(
      ranks: world.size, parameters: count, exactSeconds: median(times.exact),
      allReduceSeconds: median(times.allReduce), updateSeconds: median(times.update),
      exactOverAllReduce: median(times.exact) / median(times.allReduce))
  }

  private func slowest(_ seconds: Double) throws -> Double {
    try world.allReduce(seconds, .maximum)
  }
}
