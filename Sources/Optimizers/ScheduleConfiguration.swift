// The section `schedule` of a run's configuration: how long a run is and how its learning rate
// goes.

import Configuration

/// The length of a run and the course of the learning rate.
public struct ScheduleConfiguration: ConfigurationSection {
  /// The course after warm-up.
  public enum Kind: String, Codable, CaseIterable, Sendable {
    /// Half a cosine from the peak to `finalLearningRateFraction` of it.
    case cosine
    /// The peak until the end.
    case constant
  }

  /// The course after warm-up.
  public var kind = Kind.cosine
  /// Passes over the training images, at least 0; `steps` wins if it is positive.
  public var epochs = 300
  /// Updates in total; 0 for `epochs`.
  public var steps = 0
  /// Updates with a learning rate growing linearly from 0; 0 for `warmupEpochs`.
  public var warmupSteps = 0
  /// The same in passes, at least 0; used if `warmupSteps` is 0.
  public var warmupEpochs = 0.0
  /// Learning rate at the end as a share of the peak, 0 to 1.
  public var finalLearningRateFraction = 0.0

  public static let keys: [ConfigurationKey<Self>] = [
    .choice(
      "kind", \.kind,
      "learning rate after warm-up: `cosine`, half a cosine from the peak down; `constant`"),
    .integer(
      "epochs", \.epochs, 0...1_000_000_000, unit: "epochs",
      "passes over the training images; used if `steps` is 0"),
    .integer(
      "steps", \.steps, 0...1_000_000_000, unit: "steps",
      "updates in all; wins over `epochs` if positive"),
    .integer(
      "warmupSteps", \.warmupSteps, 0...1_000_000_000, unit: "steps",
      "updates with a rate growing linearly from 0; wins over `warmupEpochs` if positive"),
    .number(
      "warmupEpochs", \.warmupEpochs, .from(0, to: 1e6), unit: "epochs",
      "the same in passes over the training images"),
    .number(
      "finalLearningRateFraction", \.finalLearningRateFraction, .share,
      "learning rate at the end as a share of the peak"),
  ]

  /// The built-in defaults.
  public init() {}

  /// Updates of the whole run: `steps`, or `epochs` times the steps of one.
  public func totalSteps(stepsPerEpoch: Int) -> Int { steps > 0 ? steps : epochs * stepsPerEpoch }

  /// The learning rate of every step of a run with `stepsPerEpoch` steps per pass.
  /// - Parameter peak: the learning rate after warm-up, of `OptimizerConfiguration`.
  public func schedule(peak: Double, stepsPerEpoch: Int) -> Schedule {
    let total = totalSteps(stepsPerEpoch: stepsPerEpoch)
    let warmup =
      warmupSteps > 0 ? warmupSteps : Int((warmupEpochs * Double(stepsPerEpoch)).rounded())
    return Schedule(
      shape: kind == .cosine ? .cosine : .constant, base: peak, warmupSteps: min(warmup, total),
      totalSteps: total, finalFraction: finalLearningRateFraction)
  }

  public func checkTogether(_ check: inout Check) {
    check.require(
      epochs > 0 || steps > 0, "epochs",
      "expected a positive number of schedule.epochs or schedule.steps, found none")
    check.require(
      steps == 0 || warmupSteps <= steps, "warmupSteps",
      "expected at most schedule.steps (\(steps)), found \(warmupSteps)")
    check.require(
      steps > 0 || warmupSteps > 0 || warmupEpochs <= Double(epochs), "warmupEpochs",
      "expected at most schedule.epochs (\(epochs)), found \(warmupEpochs)")
  }
}
