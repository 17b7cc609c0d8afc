// `--run`, `--resume` and `--dry-run`, shared by the commands that train.

import ArgumentParser
import RunConfig
import Training

struct RunOptions: ParsableArguments {
  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("Run directory; made if it is not there.", valueName: "dir"))
  var directory: String?

  @Option(
    help: ArgumentHelp(
      "auto: newest good checkpoint of the run directory, else a fresh start; never: fresh start; or a checkpoint.",
      valueName: "auto|never|file"))
  var resume = "auto"

  @Flag(help: "Print what the run would cost and stop; makes no run directory.")
  var dryRun = false

  func validate() throws {
    if directory == nil && !dryRun {
      throw ValidationError("Missing expected argument '--run <dir>'")
    }
  }

  /// Where the run is made; nil for a dry one.
  var target: String? { dryRun ? nil : directory }

  var policy: ResumePolicy {
    switch resume {
    case "auto": .auto
    case "never": .never
    default: .file(resume)
    }
  }

  /// Trains and prints what came of it.
  /// - Returns: the exit code.
  /// - Collective.
  func train(_ trainer: Trainer, isFirst: Bool) throws -> Int32 {
    let outcome = try trainer.run(resume: policy)
    if isFirst { Launch.output(trainer.summary(outcome)) }
    return outcome == .stopped ? ExitCode.stopped : ExitCode.success
  }
}
