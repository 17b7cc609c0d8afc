// The section `checkpoint` of a run's configuration: when a run is saved and what is kept.

import Configuration

/// When checkpoints are written.
public struct CheckpointConfiguration: ConfigurationSection {
  /// Steps between checkpoints; 0 for none.
  public var everySteps = 1000
  /// Minutes between checkpoints; 0 for none. The last step is always saved.
  public var everyMinutes = 10.0
  /// Complete checkpoints that stay on disk, 1 to 1000000; older ones are removed.
  public var keepLast = 3
  /// Checkpoints with the best figures of the validation set that stay besides, 0 to 1000000.
  public var keepBest = 1

  public static let keys: [ConfigurationKey<Self>] = [
    .integer(
      "everySteps", \.everySteps, 0...1_000_000_000, unit: "steps",
      "steps between checkpoints; 0: not by steps; the last step is always saved"),
    .number(
      "everyMinutes", \.everyMinutes, .from(0, to: 1e6), unit: "minutes",
      "minutes between checkpoints; 0: not by time"),
    .integer(
      "keepLast", \.keepLast, 1...1_000_000, unit: "checkpoints",
      "checkpoints that stay on disk; older ones are removed"),
    .integer(
      "keepBest", \.keepBest, 0...1_000_000, unit: "checkpoints",
      "checkpoints with the best validation (top-1 or SRCC) that stay besides; 1 or more: a step that "
        + "is better than all before is saved"),
  ]

  /// The built-in defaults.
  public init() {}
}
