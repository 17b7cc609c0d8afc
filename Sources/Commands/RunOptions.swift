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

  @Option(
    help: ArgumentHelp(
      "How progress is shown, over run.progress; auto: a bar on a terminal, else lines.",
      valueName: "auto|bar|lines|json|off"))
  var progress: RunSection.Progress?

  @Flag(
    help:
      "Take the run directory away from a job that has it: only if that job is known to be gone.")
  var stealLock = false

  /// What may change, on the command line.
  enum Change: String, CaseIterable, ExpressibleByArgument {
    case data, classes, split, seed, schedule, batch, optimizer, objective, augmentation, model, all

    fileprivate var kinds: [RunChange.Kind] {
      RunChange.Kind(rawValue: rawValue).map { [$0] } ?? RunChange.Kind.allCases
    }
  }

  @Option(
    name: .customLong("allow-change"),
    help: ArgumentHelp(
      "What may be other than in the checkpoint when a run goes on: "
        + Change.allCases.map(\.rawValue).joined(separator: ", ") + "; repeatable.",
      valueName: "what"))
  var allowedChanges: [Change] = []

  @Flag(help: "Print what the run would cost and stop; makes no run directory.")
  var dryRun = false

  func validate() throws {
    if directory == nil && !dryRun {
      throw ValidationError("Missing expected argument '--run <dir>'")
    }
  }

  /// Where the run is made; nil for a dry one.
  var target: String? { dryRun ? nil : directory }

  /// Puts in the settings that options stand for.
  func apply(to configuration: inout RunConfiguration) {
    if let progress { configuration.run.progress = progress }
  }

  var policy: ResumePolicy {
    switch resume {
    case "auto": .auto
    case "never": .never
    default: .file(resume)
    }
  }

  /// What a run that goes on may change.
  var allowed: Set<RunChange.Kind> { Set(allowedChanges.flatMap(\.kinds)) }

  /// Trains and prints what came of it.
  /// - Returns: the exit code.
  /// - Collective.
  func train(_ trainer: Trainer, isFirst: Bool) throws -> Int32 {
    let outcome = try trainer.train()
    if isFirst { Launch.output(trainer.summary(outcome)) }
    return outcome == .stopped ? ExitCode.stopped : ExitCode.success
  }
}

extension RunSection.Progress: ExpressibleByArgument {}
