// A short measurement for a plan: how many images of a run a rank trains per second on this machine.

import DataParallel
import Foundation
import MPI
import RunConfig
import Training

/// Times the training pass of a planned run on every rank of the launch at once.
public struct PlanProbe {
  private let plan: RunPlan

  public init(_ plan: RunPlan) { self.plan = plan }

  /// The speed of the slowest rank, scaled from an image of `RunPlan.assumedSize` for each worker to the
  /// images of the plan by their floating-point operations.
  /// - Collective. Cost: two passes, some seconds with the published model.
  public func measure(world: Communicator) throws -> RunPlan.Speed {
    let configuration = plan.configuration
    let workers = try configuration.parallel.workerCount(world: world)
    let precision = try usablePrecision(configuration.parallel.precision, world: world)
    let size = RunPlan.assumedSize
    let benchmark = StepBenchmark(
      workload: BenchmarkWorkload(
        nativePatchCap: configuration.model.multiscale.nativePatchCap,
        sizes: [[Int]](repeating: [size.height, size.width], count: workers)),
      configuration: configuration.model)
    let own = try benchmark.run(
      workers: workers, precision: precision, repeats: 1,
      microBatchTokens: configuration.parallel.microBatchTokens)
    let slowest = try -world.allReduce(-own.usefulGFLOPs, .maximum)
    return RunPlan.Speed(
      imagesPerSecond: slowest * 1e9 / plan.flopsPerImage,
      source: "\(precision.rawValue), measured here at \(Int(slowest.rounded())) GFLOP/s per rank")
  }
}
