// The section `checkpoint` of a run's configuration: when a run is saved and what is kept.

/// When checkpoints are written.
public struct CheckpointConfiguration: Codable, Equatable, Sendable {
  /// Steps between checkpoints; 0 for no such rule.
  public var everySteps = 1000
  /// Minutes between checkpoints; 0 for no such rule. The last step is always saved.
  public var everyMinutes = 10.0
  /// Complete checkpoints that stay on disk, 1 to 1000000; older ones are removed.
  public var keepLast = 3

  /// The built-in defaults.
  public init() {}

  /// Values out of range, by key.
  public func problems() -> [(key: String, message: String)] {
    var found: [(key: String, message: String)] = []
    if !(0...1_000_000_000).contains(everySteps) {
      found.append(("everySteps", "expected 0 to 1000000000 steps, found \(everySteps)"))
    }
    if !(0...1_000_000).contains(everyMinutes) {
      found.append(("everyMinutes", "expected 0 to 1000000 minutes, found \(everyMinutes)"))
    }
    if !(1...1_000_000).contains(keepLast) {
      found.append(
        ("keepLast", "expected 1 to 1000000 checkpoints, found \(keepLast)"))
    }
    return found
  }
}
