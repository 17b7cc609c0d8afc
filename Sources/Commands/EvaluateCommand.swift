// musiq-dist evaluate

import ArgumentParser
import Foundation
import ImageData
import Inference
import Kernels
import RunConfig
import Training

struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure checkpoints on a labelled set: correlations, errors, top-1 and top-5.",
    discussion: """
      Examples:
        musiq-dist evaluate --checkpoint runs/demo/checkpoints/step-000000600.h5
        mpirun -n 4 musiq-dist evaluate --checkpoint last.h5 \\
            --set data.manifest=koniq.csv --split test -o scores.csv \\
            --report report.json
        musiq-dist evaluate --checkpoint full.h5 --checkpoint 384.h5 \\
            --checkpoint 224.h5

      Configuration and model come from the checkpoint. The set is data.manifest, or
      the run's data.validation; of the manifest that the run divided, the rows that
      it held out. Every image is evaluated once, whole, with the same bits at any
      number of ranks.

      Opinion scores: srcc, krcc, plcc (raw), plcc_logistic4 (after the four-parameter
      logistic fit), rmse, mae; ratings add mse, accuracy_above_5 and earth mover's
      distances, attributes the correlations of each; classes have top1, top5 and
      loss. In brackets are 95 % bootstrap intervals. Several checkpoints are measured
      alone and as the average of their scores.

      Exit codes: 0 also with unreadable images; 3 configuration; 4 data; 5
      checkpoint; 8 output.
      """)

  @Option(
    help: ArgumentHelp("Checkpoint, export or .npz; repeatable for an ensemble.", valueName: "file")
  )
  var checkpoint: [String] = []

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "A value over the checkpoints' configuration, for example data.manifest=val; repeatable.",
      valueName: "key=value"))
  var overrides: [String] = []

  @OptionGroup var data: DataOptions

  @Option(
    help: ArgumentHelp(
      "Rows of a manifest (default: those that the run held out, or all of another manifest).",
      valueName: "test|validation|train|all"))
  var split: Part?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Writes one CSV row per image.", valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("Writes all figures as JSON.", valueName: "file"))
  var report: String?

  @Option(help: ArgumentHelp("Sets drawn for 95 % intervals; 0 for none.", valueName: "n"))
  var bootstrap = 1000

  @Option(help: ArgumentHelp("Seed of the intervals.", valueName: "n")) var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Threads per rank; 0 for all processors (default: parallel.workers of the checkpoint).",
      valueName: "n"))
  var workers: Int?

  @Option(help: ArgumentHelp("Matrix products.", valueName: "fp32|bf16"))
  var precision = Precision.fp32

  enum Part: String, ExpressibleByArgument {
    case test, validation, train, all
    var rows: EvaluationRequest.Rows {
      switch self {
      case .test: .part(.test)
      case .validation: .part(.validation)
      case .train: .part(.train)
      case .all: .all
      }
    }
  }

  func validate() throws {
    if checkpoint.isEmpty {
      throw ValidationError("Missing expected argument '--checkpoint <file>'")
    }
    if let workers, workers < 0 {
      throw ValidationError("--workers: expected 0 or more, found \(workers)")
    }
    if !(0...1_000_000).contains(bootstrap) {
      throw ValidationError("--bootstrap: expected 0 to 1000000, found \(bootstrap)")
    }
  }

  func run() {
    Launch.onRanks { world in
      var request = EvaluationRequest(
        checkpoints: checkpoint, overrides: overrides + data.overrides)
      request.workers = workers
      request.rows = split?.rows ?? .automatic
      request.precision = precision
      (request.resamples, request.seed) = (bootstrap, seed)
      let evaluation = try CheckpointEvaluation(request, world: world)
      if world.rank == 0 {
        for notice in evaluation.notices { Launch.say("musiq-dist: warning: \(notice.words)") }
      }
      let progress = PassReport("evaluated", isFirst: world.rank == 0)
      let result = try evaluation.run(onProgress: { progress.update($0, of: $1) }) {
        Launch.say("musiq-dist: warning: \($0)")
      }
      progress.end()
      try world.onRoot { () throws(CommandError) in
        do {
          if let output { try result.writeCSV(to: output) }
          if let report { try result.writeJSON(to: report) }
        } catch { throw CommandError(error, otherwise: .inputOutput) }
        Launch.output(result.description)
      }
      return ExitCode.success
    }
  }
}
