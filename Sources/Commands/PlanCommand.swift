// musiq-dist plan

import ArgumentParser
import DataParallel
import RunConfig
import Training

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Print what a run would need: tokens, memory, steps, balance, checkpoint size.",
    discussion: """
      Examples:
        musiq-dist plan --config configs/demo.yaml
        mpirun -n 8 musiq-dist plan --config configs/imagenet-pretrain.yaml \\
            --set data.train=train.index
        musiq-dist plan --config configs/imagenet-pretrain.yaml --ranks 32
      """)

  @OptionGroup var configuration: ConfigurationOptions

  @OptionGroup var data: DataOptions

  @Option(
    help: ArgumentHelp("Ranks to plan for; those of the launch if not given.", valueName: "n"))
  var ranks: Int?

  func run() {
    let resolved = Launch.checked { try configuration.resolve(data: data) }
    Launch.onRanks { world in
      try ArithmeticIdentity(configuration: resolved.yaml).agree(in: world)
      let plan = RunPlan(try RunAssembly(resolved, ranks: ranks, world: world))
      if world.rank == 0 { Launch.output(plan.description) }
      return ExitCode.success
    }
  }
}
