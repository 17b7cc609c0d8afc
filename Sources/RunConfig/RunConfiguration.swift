// The whole configuration of a run: every section, each owned by the target it configures.

import Checkpoints
import Configuration
import DataParallel
import ImageData
import Layers
import MUSIQ
import Optimizers

/// Everything a run depends on. Equal configurations give equal runs.
public struct RunConfiguration: Codable, Equatable, Sendable {
  /// Sizes of the network.
  public var model = MUSIQConfiguration()
  /// What is read.
  public var data = DataConfiguration()
  /// How training pictures are varied.
  public var augmentation = AugmentationConfiguration()
  /// What is minimised.
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

  /// The built-in defaults: pretraining as published.
  public init() {}

  /// Values out of range or contradicting each other, by dotted path.
  public func problems() -> [(key: String, message: String)] {
    let sections = [
      ("model", model.problems()), ("data", data.problems()),
      ("augmentation", augmentation.problems()), ("objective", objective.problems()),
      ("optimizer", optimizer.problems()),
      ("schedule", schedule.problems()), ("parallel", parallel.problems()),
      ("checkpoint", checkpoint.problems()), ("run", run.problems()),
    ]
    return sections.flatMap { section, problems in
      problems.map { ("\(section).\($0.key)", $0.message) }
    }
  }

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
  /// A configuration with the places its values come from.
  public struct Resolved: Sendable {
    /// The validated values.
    public let configuration: RunConfiguration
    /// The dotted path of every value with its place.
    public let origins: [(path: String, origin: ConfigurationNode.Origin)]
  }

  /// Built-in defaults ← `files` in order ← `MUSIQ_SET` of `environment` ← `overrides` in order.
  /// - Parameter defaults: the lowest layer, another one for fine-tuning than for pretraining.
  /// - Throws: `ConfigurationError`; all values out of range in one error.
  public static func resolve(
    defaults: RunConfiguration = RunConfiguration(), files: [String] = [],
    environment: [String: String] = [:], overrides: [String] = []
  ) throws(ConfigurationError) -> Resolved {
    var layers = try LayeredConfiguration(defaults: defaults)
    for file in files { try layers.apply(file: file) }
    try layers.apply(environment: environment)
    for override in overrides { try layers.apply(override: override) }
    return try validated(layers)
  }

  /// Reads a stored configuration; `name` stands for the file in messages.
  public static func read(
    yaml: String, named name: String
  ) throws(ConfigurationError) -> RunConfiguration {
    var layers = try LayeredConfiguration(defaults: RunConfiguration())
    try layers.apply(yaml: yaml, named: name)
    return try validated(layers).configuration
  }

  /// The keys whose values differ, with both values as text.
  public func differences(
    from other: RunConfiguration
  ) -> [(path: String, this: String, other: String)] {
    LayeredConfiguration.differences(of: self, from: other)
      .map { ($0.path, $0.first, $0.second) }
  }

  private static func validated(
    _ layers: LayeredConfiguration<RunConfiguration>
  ) throws(ConfigurationError) -> Resolved {
    let configuration = try layers.value()
    let problems = configuration.problems()
    guard problems.isEmpty else {
      throw .invalid(
        problems.map {
          ConfigurationProblem(path: $0.key, source: layers.origin(of: $0.key), message: $0.message)
        })
    }
    return Resolved(
      configuration: configuration,
      origins: layers.tree.leaves.map { ($0.path, $0.node.origin) })
  }
}
