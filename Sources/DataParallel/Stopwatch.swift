// Elapsed time on the monotonic clock.

/// Seconds since it was made.
public struct Stopwatch: Sendable {
  private let start = ContinuousClock.now
  public init() {}
  public var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }
}
