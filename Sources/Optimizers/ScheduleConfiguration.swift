// The section `schedule` of a run's configuration: how long a run is and how its learning rate goes.

/// The length of a run and the course of the learning rate.
public struct ScheduleConfiguration: Codable, Equatable, Sendable {
  /// The course after warm-up.
  public enum Kind: String, Codable, CaseIterable, Sendable {
    /// Half a cosine from the peak to `finalLearningRateFraction` of it.
    case cosine
    /// The peak until the end.
    case constant
  }

  /// The course after warm-up.
  public var kind = Kind.cosine
  /// Passes over the training pictures, at least 0; `steps` wins if it is positive.
  public var epochs = 300
  /// Updates in total; 0 for `epochs`.
  public var steps = 0
  /// Updates with a learning rate growing linearly from 0; 0 for `warmupEpochs`.
  public var warmupSteps = 0
  /// The same in passes, at least 0; used if `warmupSteps` is 0.
  public var warmupEpochs = 0.0
  /// Learning rate at the end as a share of the peak, 0 to 1.
  public var finalLearningRateFraction = 0.0

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

  /// Values out of range, by key.
  public func problems() -> [(key: String, message: String)] {
    var found: [(key: String, message: String)] = []
    for (key, value) in [("epochs", epochs), ("steps", steps), ("warmupSteps", warmupSteps)]
    where !(0...1_000_000_000).contains(value) {
      found.append((key, "expected 0 to 1000000000, found \(value)"))
    }
    if epochs <= 0 && steps <= 0 {
      found.append(
        ("epochs", "expected a positive number of schedule.epochs or schedule.steps, found none"))
    }
    if !(0...1_000_000).contains(warmupEpochs) {
      found.append(("warmupEpochs", "expected 0 to 1000000, found \(warmupEpochs)"))
    }
    if steps > 0 && warmupSteps > steps {
      found.append(
        ("warmupSteps", "expected at most schedule.steps (\(steps)), found \(warmupSteps)"))
    }
    if steps == 0 && warmupSteps == 0 && warmupEpochs > Double(max(epochs, 0)) {
      found.append(
        ("warmupEpochs", "expected at most schedule.epochs (\(epochs)), found \(warmupEpochs)"))
    }
    if !(0...1).contains(finalLearningRateFraction) {
      found.append(
        (
          "finalLearningRateFraction",
          "expected a share from 0 to 1, found \(finalLearningRateFraction)"
        ))
    }
    return found
  }
}
