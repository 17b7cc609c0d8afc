// musiq-dist plan

import ArgumentParser
import DataParallel
import RunConfig
import Training

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Print what a run would need: tokens, memory, steps, time, checkpoint size.",
    discussion: """
      Examples:
        musiq-dist plan --config configs/demo.yaml
        mpirun -n 8 musiq-dist plan --config configs/imagenet-pretrain.yaml \\
            --set data.train=train.index
        musiq-dist plan --config configs/imagenet-pretrain.yaml --ranks 32

      Time is measured with a short training pass on this machine. Without data, what
      the configuration decides is printed, and the rest said to be unknown. --ranks
      plans for ranks as fast as this one.
      """)

  @OptionGroup var configuration: ConfigurationOptions

  @OptionGroup var data: DataOptions

  @Option(
    help: ArgumentHelp("Ranks to plan for; those of the launch if not given.", valueName: "n"))
  var ranks: Int?

  @Option(
    help: ArgumentHelp(
      "Images per second of a rank, measured elsewhere (default: measured here).", valueName: "x"))
  var rate: Double?

  func validate() throws {
    if let ranks, ranks < 1 { throw ValidationError("--ranks: expected 1 or more, found \(ranks)") }
    if let rate, !(rate.isFinite && rate > 0) {
      throw ValidationError("--rate: expected a positive number, found \(rate)")
    }
  }

  func run() {
    let resolved = Launch.checked { try configuration.resolve(data: data) }
    Launch.onRanks { world in
      try ArithmeticIdentity(configuration: resolved.yaml).agree(in: world)
      try PlanOutput.print(resolved, ranks: ranks, rate: rate, world: world)
      return ExitCode.success
    }
  }
}
