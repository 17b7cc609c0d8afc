// musiq-dist bench step | peak | kernels | reduce

import ArgumentParser
import Benchmarks
import DataParallel
import Foundation
import Kernels
import MUSIQ
import RunConfig
import Training

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure speed.",
    subcommands: [Step.self, Peak.self, KernelTable.self, Reduce.self])

  struct Step: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Forward and backward of the full model on the image sizes of a workload.",
      discussion: """
        Example:
          musiq-dist bench step --workload workload.json --precision fp32 --workers 2

        The workload is a JSON file with nativePatchCap and sizes, a list of [height,
        width]. Prints one JSON line; useful GFLOP/s count valid tokens only.
        """)

    @Option(help: ArgumentHelp("JSON file with image sizes.", valueName: "file"))
    var workload: String

    @Option(help: ArgumentHelp("Arithmetic of the matrix products.", valueName: "fp32|bf16"))
    var precision = Precision.fp32

    @Option(help: ArgumentHelp("Threads; 0 for all processors.", valueName: "n"))
    var workers = 0

    @Option(help: ArgumentHelp("Passes after the warm-up; the median counts.", valueName: "n"))
    var repeats = 3

    @Option(
      help: ArgumentHelp(
        "Tokens up to which images share a pass, as parallel.microBatchTokens; 1 for each alone.",
        valueName: "n"))
    var microBatchTokens = ParallelConfiguration().microBatchTokens

    @Flag(name: .customLong("forward"), help: "Inference only, as in predict and evaluate.")
    var forwardOnly = false

    func validate() throws {
      if workers < 0 { throw ValidationError("--workers: expected 0 or more, found \(workers)") }
      if repeats < 1 { throw ValidationError("--repeats: expected 1 or more, found \(repeats)") }
      if microBatchTokens < 1 {
        throw ValidationError("--micro-batch-tokens: expected 1 or more, found \(microBatchTokens)")
      }
    }

    func run() {
      Launch.alone {
        let benchmark = StepBenchmark(
          workload: try BenchmarkWorkload(contentsOf: workload),
          configuration: MUSIQConfiguration(outputCount: 1000))
        try requireSupport(for: precision)
        let result = try benchmark.run(
          workers: workers > 0 ? workers : availableProcessors(), precision: precision,
          repeats: repeats, microBatchTokens: microBatchTokens, forwardOnly: forwardOnly)
        try outputJSON(result)
        return ExitCode.success
      }
    }
  }
}

extension BenchCommand {
  struct Peak: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Large matrix products and sums on all workers at once: the limit of a step.",
      discussion: """
        Example:
          musiq-dist bench peak --precision fp32 --workers 2
        """)

    @Option(help: ArgumentHelp("Arithmetic of the matrix products.", valueName: "fp32|bf16"))
    var precision = Precision.fp32

    @Option(help: ArgumentHelp("Threads; 0 for all processors.", valueName: "n"))
    var workers = 0

    func validate() throws {
      if workers < 0 { throw ValidationError("--workers: expected 0 or more, found \(workers)") }
    }

    func run() {
      Launch.alone {
        try requireSupport(for: precision)
        try outputJSON(
          PeakBenchmark(
            precision: precision, workers: workers > 0 ? workers : availableProcessors()
          ).run())
        return ExitCode.success
      }
    }
  }

  struct KernelTable: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "kernels",
      abstract:
        "Every kernel at the model's shapes, as a share of the machine's peak and of a step.",
      discussion: """
        Example:
          musiq-dist bench kernels --precision bf16
        """)

    @Option(help: ArgumentHelp("Arithmetic of the matrix products.", valueName: "fp32|bf16"))
    var precision = Precision.fp32

    func run() {
      Launch.alone {
        try requireSupport(for: precision)
        let peak = try PeakBenchmark(precision: precision, workers: 1).run()
        let rows = KernelBenchmark(precision: precision).run(against: peak)
        Launch.output(KernelMeasurement.table(rows, against: peak))
        return ExitCode.success
      }
    }
  }

  struct Reduce: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Exact reduction and sharded update against MPI_Allreduce of the same bytes.",
      discussion: """
        Example:
          mpirun -n 2 musiq-dist bench reduce
        """)

    @Option(help: ArgumentHelp("Parameters of the model.", valueName: "n"))
    var parameters = 27_510_440

    @Option(help: ArgumentHelp("Repeats after the warm-up; the median counts.", valueName: "n"))
    var repeats = 9

    func run() {
      Launch.onRanks { world in
        let result = try ReduceBenchmark(world: world, count: parameters, repeats: repeats).run()
        if world.rank == 0 { try outputJSON(result) }
        return ExitCode.success
      }
    }
  }
}

private func outputJSON(_ result: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  Launch.output(String(decoding: try encoder.encode(result), as: UTF8.self))
}

private func requireSupport(for precision: Precision) throws {
  guard precision == .bf16, !MatrixProducts.supportsBFloat16 else { return }
  throw CommandError(
    "--precision bf16: this processor or build has no bfloat16 products",
    kind: .launch)
}

extension Precision: ExpressibleByArgument {}
