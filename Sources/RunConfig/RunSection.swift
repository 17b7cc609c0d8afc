// The section `run` of a run's configuration: seed, length of this job, reporting.

/// What concerns the run as a whole.
public struct RunSection: Codable, Equatable, Sendable {
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

  /// Key of initialisation, sample order and augmentation.
  public var seed: UInt64 = 0
  /// Stop cleanly after this step although the schedule is longer; 0 for the whole schedule.
  public var steps = 0
  /// How progress is shown.
  public var progress = Progress.auto
  /// Seconds between lines of progress, positive.
  public var logEverySeconds = 30.0
  /// Epochs between evaluations of `data.validation`; 0 for none.
  public var evaluateEveryEpochs = 1

  /// The built-in defaults.
  public init() {}

  /// Values out of range, by key.
  public func problems() -> [(key: String, message: String)] {
    var found: [(key: String, message: String)] = []
    if !(0...1_000_000_000).contains(steps) {
      found.append(("steps", "expected 0 to 1000000000, found \(steps)"))
    }
    if !(logEverySeconds > 0 && logEverySeconds <= 1e6) {
      found.append(
        ("logEverySeconds", "expected a positive number up to 1000000, found \(logEverySeconds)"))
    }
    if !(0...1_000_000).contains(evaluateEveryEpochs) {
      found.append(("evaluateEveryEpochs", "expected 0 to 1000000, found \(evaluateEveryEpochs)"))
    }
    return found
  }
}
