// musiq-dist evaluate

import ArgumentParser
import Foundation
import RunConfig
import Training

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a checkpoint on a labelled set: loss, top-1 and top-5.",
    discussion: """
      Examples:
        musiq-dist evaluate --checkpoint runs/demo/checkpoints/step-000000600.h5
        mpirun -n 4 musiq-dist evaluate --checkpoint last.h5 --set data.manifest=/data/imagenet/val
        musiq-dist evaluate --checkpoint last.h5 --output scores.csv

      Configuration and model come from the checkpoint. The set is data.manifest, or the run's
      data.validation; every image is evaluated once, whole, at any number of ranks.
      """)

  @Option(help: ArgumentHelp("Checkpoint of a run.", valueName: "file"))
  var checkpoint: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "A value over the checkpoint's configuration, for example data.manifest=val; repeatable.",
      valueName: "key=value"))
  var overrides: [String] = []

  @Option(help: ArgumentHelp("Writes one CSV row per image.", valueName: "file"))
  var output: String?

  func run() {
    Launch.onRanks { world in
      let evaluation = try CheckpointEvaluation(
        checkpoint: checkpoint, overrides: overrides, world: world)
      let report = try evaluation.run { Launch.say("musiq-dist: warning: \($0)") }
      guard world.rank == 0 else { return ExitCode.success }
      if let output { try report.writeCSV(to: output) }
      Launch.output(report.description)
      return ExitCode.success
    }
  }
}
