// musiq-dist finetune

import ArgumentParser
import DataParallel
import Foundation
import MPI
import RunConfig
import Training

struct FinetuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune",
    abstract: "Train a model on quality scores, ratings or attributes, on all ranks together.",
    discussion: """
      Examples:
        musiq-dist finetune --init pretrained.npz --set data.manifest=labels.csv \\
            --run runs/mine
        mpirun -n 8 musiq-dist finetune --config configs/finetune-koniq.yaml \\
            --init pretrained.npz --set data.manifest=koniq.csv --run runs/koniq \\
            --repeats 10
        musiq-dist finetune --config configs/finetune-quality.yaml \\
            --set data.manifest=quality/labels.csv --run runs/scratch

      labels.csv has a header: path and mos (a score), c1 … cK (ratings), label
      (classes), or any columns named by data.targets (attributes). A column split
      says what trains; without one, rows are divided 8:2. The model is that of
      --init, its head reinitialized when the labels need another one; without --init,
      model keys size a model that is trained from scratch.

      The run directory, signals, resuming and exit codes are those of pretrain.
      --repeats trains with seeds and splits s, s + 1, … in repeat-01, …, and reports
      mean, std and median of the results.
      """)

  @OptionGroup var configuration: ConfigurationOptions

  @OptionGroup var data: DataOptions

  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      "Model to begin with: a checkpoint or an .npz with official names.", valueName: "file"))
  var initialFile: String?

  @Option(
    name: .customLong("init-head"),
    help: ArgumentHelp(
      "auto: keep the head if it fits the labels; random: reinitialize it; keep: insist on it.",
      valueName: "auto|random|keep"))
  var head = InitialModel.Head.auto

  @Option(
    help: ArgumentHelp(
      "Parameters of --init that may be missing or have another shape, and are reinitialized; repeatable.",
      valueName: "name"))
  var allow: [String] = []

  @OptionGroup var options: RunOptions

  @Option(help: ArgumentHelp("Runs with other seeds and splits.", valueName: "n"))
  var repeats = 1

  func validate() throws {
    guard (1...1000).contains(repeats) else {
      throw ValidationError("--repeats: expected 1 to 1000, found \(repeats)")
    }
    if repeats > 1 && !["auto", "never"].contains(options.resume) {
      throw ValidationError(
        "--resume \(options.resume): a checkpoint belongs to one run, not to --repeats")
    }
    if initialFile == nil && (head != .auto || !allow.isEmpty) {
      throw ValidationError(
        "--init-head and --allow are about the file of --init, which is missing")
    }
  }

  func run() {
    let ((resolved, environment), initial) = Launch.checked { try prepare() }
    Launch.onRanks(options.target == nil ? .other : .training) { world in
      Launch.watch(hangSeconds: resolved.run.hangSeconds, world)
      try ArithmeticIdentity(configuration: resolved.yaml).agree(in: world)
      guard let directory = options.target else {
        try PlanOutput.print(resolved, from: initial, world: world)
        return ExitCode.success
      }
      return repeats == 1
        ? try train(resolved, environment, from: initial, in: directory, world: world)
        : try trainRepeatedly(resolved, environment, from: initial, in: directory, world: world)
    }
  }

  /// The initial model and the configuration over its defaults.
  private func prepare() throws -> ((RunConfiguration, [String]), InitialModel) {
    let initial =
      try initialFile.map {
        try InitialModel($0, head: head, overrides: configuration.overrides, allowing: allow)
      } ?? .random
    var resolved = try configuration.resolveForRun(over: initial.defaults, data: data)
    options.apply(to: &resolved.configuration)
    let named = resolved.configuration.data
    let isPlannedWithoutData =
      options.target == nil && named.train.isEmpty && named.manifest.isEmpty
    if !isPlannedWithoutData { try resolved.configuration.requireOneDataSource() }
    return (resolved, initial)
  }

  private func train(
    _ configuration: RunConfiguration, _ environment: [String], from initial: InitialModel,
    in directory: String, world: Communicator
  ) throws -> Int32 {
    let trainer = try Trainer(
      configuration, from: initial, runDirectory: directory, world: world, resume: options.policy,
      allowing: options.allowed, environment: environment, stealsLock: options.stealLock,
      stopAdvice: stopAdvice)
    return try options.train(trainer, isFirst: world.rank == 0)
  }

  private func trainRepeatedly(
    _ configuration: RunConfiguration, _ environment: [String], from initial: InitialModel,
    in directory: String, world: Communicator
  ) throws -> Int32 {
    let runs = RepeatedRuns(
      configuration, from: initial, directory: directory, count: repeats, world: world,
      allowing: options.allowed, environment: environment, stealsLock: options.stealLock,
      stopAdvice: stopAdvice)
    guard let summary = try runs.run(resume: options.policy, announce: { Launch.say($0) }) else {
      if world.rank == 0 { Launch.output("stopped; \(stopAdvice)") }
      return ExitCode.stopped
    }
    if world.rank == 0 { Launch.output("\(summary)\nresults     \(directory)/repeats.csv") }
    return ExitCode.success
  }
}

extension InitialModel.Head: ExpressibleByArgument {}
