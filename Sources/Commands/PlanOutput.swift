// A plan with its time, as `plan` and `--dry-run` print it.

import Benchmarks
import MPI
import RunConfig
import Training

enum PlanOutput {
  /// Prints the plan of a run; without data, of what the configuration alone decides.
  /// - Parameters:
  ///   - ranks: ranks to plan for; nil for those of the launch.
  ///   - rate: images per second of a rank; nil to measure it here.
  /// - Collective. Throws: errors that are the same on every rank.
  static func print(
    _ configuration: RunConfiguration, from initial: InitialModel = .random, ranks: Int? = nil,
    rate: Double? = nil, world: Communicator
  ) throws {
    let isNamed = !configuration.data.train.isEmpty || !configuration.data.manifest.isEmpty
    let plan =
      try isNamed
      ? RunPlan(RunAssembly(configuration, from: initial, ranks: ranks, world: world))
      : RunPlan(
        withoutData: configuration, outputs: initial.outputs ?? 1, ranks: ranks, world: world)
    let speed =
      try rate.map { RunPlan.Speed(imagesPerSecond: $0, source: "as given") }
      ?? PlanProbe(plan).measure(world: world)
    guard world.rank == 0 else { return }
    Launch.output(plan.text(speed))
    if !isNamed {
      Launch.say(
        "musiq-dist: set data.train or data.manifest for images, labels, tokens, steps and balance")
    }
  }
}
