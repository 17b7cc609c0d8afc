// musiq-dist pretrain

import ArgumentParser
import DataParallel
import Foundation
import RunConfig
import Training

struct PretrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pretrain",
    abstract: "Train from scratch on labelled images, on all ranks together.",
    discussion: """
      Examples:
        mpirun -n 2 musiq-dist pretrain --config configs/demo.yaml \\
            --set data.train=shapes/train --set data.validation=shapes/val \\
            --run runs/demo
        mpirun -n 32 musiq-dist pretrain --config configs/imagenet-pretrain.yaml \\
            --set data.train=/data/imagenet/train --run runs/imagenet
        musiq-dist pretrain --config configs/demo.yaml --dry-run

      The run directory gets config.yaml (resolved), metrics.jsonl (one object per
      event), index/ and checkpoints/ with links best.h5 (by validation) and last.h5.
      One job at a time may have it. SIGUSR1, SIGTERM or the first Ctrl-C stop at the
      next step with a checkpoint and exit code 75; start the same command again to go
      on, on any number of ranks. A second SIGTERM or Ctrl-C ends the run at once.
      """)

  @OptionGroup var configuration: ConfigurationOptions

  @OptionGroup var data: DataOptions

  @OptionGroup var options: RunOptions

  func run() {
    let (resolved, environment) = Launch.checked {
      var resolved = try configuration.resolveForRun(data: data)
      options.apply(to: &resolved.configuration)
      return resolved
    }
    Launch.onRanks(options.target == nil ? .other : .training) { world in
      Launch.watch(hangSeconds: resolved.run.hangSeconds, world)
      try ArithmeticIdentity(configuration: resolved.yaml).agree(in: world)
      guard let directory = options.target else {
        try PlanOutput.print(resolved, world: world)
        return ExitCode.success
      }
      let trainer = try Trainer(
        resolved, runDirectory: directory, world: world, resume: options.policy,
        allowing: options.allowed, environment: environment, stealsLock: options.stealLock,
        stopAdvice: stopAdvice)
      return try options.train(trainer, isFirst: world.rank == 0)
    }
  }
}
