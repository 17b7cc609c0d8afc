// musiq-dist bench step

import ArgumentParser
import Foundation
import Kernels
import MUSIQ
import Training

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure speed.", subcommands: [Step.self])

  struct Step: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Forward and backward of the full model on the image sizes of a workload.",
      discussion: """
        Example:
          musiq-dist bench step --workload workload.json --precision fp32 --workers 2

        The workload is a JSON file with nativePatchCap and sizes, a list of [height, width]. Prints
        one JSON line; useful GFLOP/s count valid tokens only.
        """)

    @Option(help: ArgumentHelp("JSON file with image sizes.", valueName: "file"))
    var workload: String

    @Option(help: ArgumentHelp("Arithmetic of the matrix products.", valueName: "fp32|bf16"))
    var precision = Precision.fp32

    @Option(help: ArgumentHelp("Threads; 0 for all processors.", valueName: "n"))
    var workers = 0

    @Option(help: ArgumentHelp("Passes after the warm-up; the median counts.", valueName: "n"))
    var repeats = 3

    func validate() throws {
      if workers < 0 { throw ValidationError("--workers: expected 0 or more, found \(workers)") }
      if repeats < 1 { throw ValidationError("--repeats: expected 1 or more, found \(repeats)") }
    }

    func run() {
      Launch.alone {
        let benchmark = StepBenchmark(
          workload: try BenchmarkWorkload(contentsOf: workload),
          configuration: MUSIQConfiguration(outputCount: 1000))
        guard precision == .fp32 || MatrixProducts.supportsBFloat16 else {
          throw RunError(
            "--precision bf16: this processor or build has no bfloat16 products",
            exitCode: ExitCode.launch)
        }
        let result = try benchmark.run(
          workers: workers > 0 ? workers : availableProcessors(), precision: precision,
          repeats: repeats)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        Launch.output(String(decoding: try encoder.encode(result), as: UTF8.self))
        return ExitCode.success
      }
    }
  }
}

extension Precision: ExpressibleByArgument {}
