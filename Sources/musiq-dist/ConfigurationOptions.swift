// `--config` and `--set`, shared by every command that resolves a configuration.

import ArgumentParser
import Foundation
import MPI
import RunConfig
import Training

struct ConfigurationOptions: ParsableArguments {
  @Option(
    name: .customLong("config"),
    help: ArgumentHelp(
      "YAML file over the built-in defaults; repeatable, later files win.", valueName: "file"))
  var files: [String] = []

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "One value, for example optimizer.learningRate=0.001; wins over files; repeatable.",
      valueName: "key=value"))
  var overrides: [String] = []

  /// `defaults` ← files ← MUSIQ_SET ← --set.
  func resolve(over defaults: RunConfiguration = RunConfiguration()) throws -> RunConfiguration {
    try RunConfiguration.resolve(
      defaults: defaults, files: files, environment: ProcessInfo.processInfo.environment,
      overrides: overrides
    ).configuration
  }
}

/// Makes sure that all ranks have resolved the same configuration: a file may differ between nodes.
/// - Collective.
func requireSameConfiguration(_ configuration: RunConfiguration, world: Communicator) throws {
  let yaml = configuration.yaml
  let first = try world.broadcast(text: yaml, from: 0)
  let differs = try world.allGather([yaml == first ? UInt8(0) : 1]).map { $0[0] == 1 }
  guard let rank = differs.firstIndex(of: true) else { return }
  throw RunError(
    "rank \(rank) has resolved another configuration than rank 0; make the --config files equal on all "
      + "nodes", exitCode: ExitCode.configuration)
}
