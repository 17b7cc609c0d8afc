// The root of the command line. Each subcommand is a file of its own; no algorithm lives here.

import ArgumentParser
import Foundation
import MPI
import Provenance
import RunConfig
import Training

/// The root of all subcommands.
public struct MusiqDist: ParsableCommand {
  public static let configuration = CommandConfiguration(
    commandName: "musiq-dist",
    abstract: "Train and use MUSIQ, the multi-scale image quality Transformer, on CPU clusters.",
    discussion: """
      Examples:
        musiq-dist data synth --kind classification --count 2000 -o shapes
        mpirun -n 2 musiq-dist pretrain --config configs/demo.yaml \\
            --set data.train=shapes/train --set data.validation=shapes/val \\
            --run runs/demo
        mpirun -n 2 musiq-dist evaluate --set data.manifest=shapes/val \\
            --checkpoint runs/demo

      Exit codes: 0 ok, 1 unexpected, 2 usage, 3 configuration, 4 data, 5 checkpoint,
      6 launch or MPI, 7 numerical, 8 input or output, 9 hang, 10 replicas differ,
      75 stopped on request with a valid checkpoint, 130 and 143 ended by SIGINT and
      SIGTERM.
      """,
    version: programVersion,
    subcommands: [
      PretrainCommand.self, FinetuneCommand.self, EvaluateCommand.self, PredictCommand.self,
      ExplainCommand.self, DataCommand.self, CheckpointCommand.self,
      PlanCommand.self, ConfigCommand.self, BenchCommand.self,
    ])

  public init() {}

  /// Parses, runs, and maps usage errors to exit code 2. Under mpirun every process parses the same
  /// words; the first one alone speaks.
  public static func main() {
    // Only fails for a signal that does not exist.
    try? StopSignals.ignoreThoseOfWriting()
    var command: any ParsableCommand
    do {
      command = try parseAsRoot()
    } catch {
      exit(afterParsing: error)
    }
    do {
      try command.run()
    } catch {
      // Requests for help surface from `run` of a command that only groups others.
      exit(afterParsing: error)
    }
  }

  private static func exit(afterParsing error: any Error) -> Never {
    let text = fullMessage(for: error)
    guard exitCode(for: error) == .success else { Launch.quit(text, code: ExitCode.usage) }
    // The parser knows the version alone: the libraries are asked only when somebody wants to know.
    let isVersionRequest = text == configuration.version
    Launch.byFirstProcess {
      Launch.output(isVersionRequest ? VersionReport.text : text)
      return ExitCode.success
    }
  }
}
