// The whole configuration of a run: every section, each owned by the target it configures.

import Checkpoints
import Configuration
import DataParallel
import ImageData
import Layers
import MUSIQ
import Optimizers

/// Everything a run depends on. Equal configurations give equal runs.
public struct RunConfiguration: ConfigurationSection {
  /// Sizes of the network.
  public var model = MUSIQConfiguration()
  /// What is read.
  public var data = DataConfiguration()
  /// How training images are varied.
  public var augmentation = AugmentationConfiguration()
  /// What is minimized.
  public var objective = ObjectiveConfiguration()
  /// The update rule.
  public var optimizer = OptimizerConfiguration()
  /// Length and learning rate.
  public var schedule = ScheduleConfiguration()
  /// The division of work.
  public var parallel = ParallelConfiguration()
  /// When the run is saved.
  public var checkpoint = CheckpointConfiguration()
  /// Seed, stop and reporting.
  public var run = RunSection()

  public static let keys: [ConfigurationKey<Self>] = [
    .section("model", \.model, "the network"),
    .section("data", \.data, "what is read"),
    .section("augmentation", \.augmentation, "how training images are varied"),
    .section("objective", \.objective, "what is minimized"),
    .section("optimizer", \.optimizer, "the update"),
    .section("schedule", \.schedule, "length and learning rate"),
    .section("parallel", \.parallel, "the division of work"),
    .section("checkpoint", \.checkpoint, "when a run is saved"),
    .section("run", \.run, "seed, stop and reporting"),
  ]

  /// The built-in defaults: pretraining as published.
  public init() {}

  /// Checks what only the launch can contradict.
  /// - Parameter workers: worker threads per rank in use.
  /// - Throws: `ConfigurationError.invalid`, the same on every rank.
  public func check(ranks: Int, workers: Int) throws(ConfigurationError) {
    guard parallel.gradientShards < ranks * workers else { return }
    throw .invalid([
      ConfigurationProblem(
        path: "parallel.gradientShards", source: .builtIn,
        message: "expected at least one shard per worker, found \(parallel.gradientShards) shards "
          + "for \(ranks) ranks × \(workers) workers; raise parallel.gradientShards to "
          + "\(ranks * workers) (this changes the summation order) or start fewer workers")
    ])
  }

  /// The canonical YAML text, as stored in the run directory and in each checkpoint.
  public var yaml: String {
    // Sections hold only scalars, lists and sections, which always encode.
    (try? LayeredConfiguration.yaml(of: self)) ?? ""
  }
}

extension RunConfiguration {
  /// What this program calls things of its configuration.
  static let vocabulary = ConfigurationVocabulary(
    environmentVariable: "MUSIQ_SET", exampleOverride: "optimizer.learningRate=0.001",
    shortForms: [
      "lr": "learningRate", "wd": "weightDecay", "eps": "epsilon", "bs": "globalBatchSize",
      "numworkers": "workers", "threads": "workers", "heads": "headCount", "layers": "layerCount",
      "traindir": "train", "valdir": "validation",
    ])

  /// All keys with their defaults, units and ranges.
  public static func table() throws -> ConfigurationTable {
    try ConfigurationTable(defaults: RunConfiguration())
  }

  /// A configuration with the places its values come from.
  public struct Resolved: Sendable {
    /// The validated values.
    public let configuration: RunConfiguration
    /// The same as a tree, every value with its place.
    public let tree: ConfigurationNode
  }

  /// The lowest layer, to lay others over.
  /// - Parameter defaults: another one for fine-tuning than for pretraining.
  public static func layers(
    over defaults: RunConfiguration = RunConfiguration()
  ) throws(ConfigurationError) -> LayeredConfiguration<RunConfiguration> {
    try LayeredConfiguration(defaults: defaults, vocabulary: vocabulary)
  }

  /// Built-in defaults ← `files` in order ← `MUSIQ_SET` of `environment` ← `overrides` in order.
  /// - Throws: `ConfigurationError`; all values out of range in one error.
  public static func resolve(
    defaults: RunConfiguration = RunConfiguration(), files: [String] = [],
    environment: [String: String] = [:], overrides: [String] = []
  ) throws(ConfigurationError) -> Resolved {
    var layers = try layers(over: defaults)
    for file in files { try layers.apply(file: file) }
    try layers.apply(environment: environment)
    for override in overrides { try layers.apply(override: override) }
    return Resolved(configuration: try layers.validated(), tree: layers.tree)
  }

  /// Reads a stored configuration; `name` stands for the file in messages.
  public static func read(
    yaml: String, named name: String
  ) throws(ConfigurationError) -> RunConfiguration {
    var layers = try layers()
    try layers.apply(yaml: yaml, named: name)
    return try layers.validated()
  }

  /// The keys whose values differ, with both values as text.
  public func differences(
    from other: RunConfiguration
  ) -> [(path: String, this: String, other: String)] {
    LayeredConfiguration.differences(of: self, from: other)
      .map { ($0.path, $0.first, $0.second) }
  }
}
