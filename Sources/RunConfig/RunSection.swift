// The section `run` of a run's configuration: seed, length of this job, reporting.

import Configuration

/// What concerns the run as a whole.
public struct RunSection: ConfigurationSection {
  /// How progress is shown.
  public enum Progress: String, Codable, CaseIterable, Sendable {
    /// A bar on a terminal, lines elsewhere.
    case auto
    /// One line that is rewritten.
    case bar
    /// One complete line per interval.
    case lines
    /// One JSON object per interval.
    case json
    /// Nothing.
    case off
  }

  /// Key of initialization, sample order and augmentation.
  public var seed: UInt64 = 0
  /// Stop cleanly after this step although the schedule is longer; 0 for the whole schedule.
  public var steps = 0
  /// How progress is shown.
  public var progress = Progress.auto
  /// Seconds between lines of progress, positive.
  public var logEverySeconds = 30.0
  /// Epochs between evaluations of `data.validation`; 0 for none.
  public var evaluateEveryEpochs = 1

  /// Seconds without progress after which a rank ends the job with exit code 9, more while it starts or
  /// saves; 0 for never.
  public var hangSeconds = 600.0

  public static let keys: [ConfigurationKey<Self>] = [
    .seed("seed", \.seed, "key of initialization, sample order and augmentation"),
    .integer(
      "steps", \.steps, 0...1_000_000_000, unit: "steps",
      "end this job after that step, the schedule unchanged; 0: at the end of the schedule"),
    .choice(
      "progress", \.progress,
      """
      `auto`: bar on a terminal, else lines; `bar`; `lines`; `json`: one object per line; `off`
      """),
    .number(
      "logEverySeconds", \.logEverySeconds, .positive(upTo: 1e6), unit: "seconds",
      "seconds between lines of progress"),
    .integer(
      "evaluateEveryEpochs", \.evaluateEveryEpochs, 0...1_000_000, unit: "epochs",
      "epochs between evaluations of the validation images; 0: never"),
    .number(
      "hangSeconds", \.hangSeconds, .from(0, to: 1e6), unit: "seconds",
      """
      time without progress after which a rank ends the job with exit code 9: six times as long while \
      starting, three while saving; 0: never
      """),
  ]

  /// The built-in defaults.
  public init() {}
}
