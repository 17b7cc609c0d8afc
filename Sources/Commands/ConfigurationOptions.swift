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

  /// `defaults` ← files ← MUSIQ_SET ← --set ← `data`.
  func resolve(
    over defaults: RunConfiguration = RunConfiguration(), data: DataOptions? = nil
  ) throws -> RunConfiguration {
    try resolveWithOrigins(over: defaults, data: data).configuration
  }

  /// The same with the settings that come from the environment: a record must name them.
  func resolveForRun(
    over defaults: RunConfiguration = RunConfiguration(), data: DataOptions? = nil
  ) throws -> (configuration: RunConfiguration, environment: [String]) {
    let resolved = try resolveWithOrigins(over: defaults, data: data)
    let environment = resolved.tree.leaves.compactMap { leaf in
      if case .environment(let name) = leaf.node.origin {
        "\(name): \(leaf.path)=\(leaf.node.inlineText)"
      } else {
        nil as String?
      }
    }
    return (resolved.configuration, environment)
  }

  /// The same with the place of every value.
  func resolveWithOrigins(
    over defaults: RunConfiguration, data: DataOptions? = nil
  ) throws -> RunConfiguration.Resolved {
    try RunConfiguration.resolve(
      defaults: defaults, files: files, environment: ProcessInfo.processInfo.environment,
      overrides: overrides + (data?.overrides ?? []))
  }
}
