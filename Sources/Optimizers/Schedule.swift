// The learning rate as a function of the step.

#if canImport(Glibc)
  import Glibc
#endif

/// Linear warm-up from 0, then a constant or a cosine to a final fraction:
///   lr(s) = base · (s + 1) / (w + 1)                       for s < w
///   lr(s) = base · (f + (1 − f) (1 + cos(π (s − w) / (n − w))) / 2)   for s ≥ w (cosine)
/// with s the number of the update, from 0.
public struct Schedule: Sendable, Equatable {
  public enum Shape: String, Sendable, Codable { case cosine, constant }

  public var shape: Shape
  public var base: Double
  public var warmupSteps: Int
  public var totalSteps: Int
  /// lr at the end, as a fraction of the base.
  public var finalFraction: Double

  public init(
    shape: Shape, base: Double, warmupSteps: Int, totalSteps: Int, finalFraction: Double = 0
  ) {
    (self.shape, self.base, self.warmupSteps) = (shape, base, warmupSteps)
    (self.totalSteps, self.finalFraction) = (totalSteps, finalFraction)
  }

  /// The learning rate of update `step`. During warm-up it is base · (step + 1) / (warmup + 1), so
  /// that the first update is not wasted on a rate of zero.
  public func callAsFunction(_ step: Int) -> Double {
    if step < warmupSteps { return base * Double(step + 1) / Double(warmupSteps + 1) }
    guard shape == .cosine, totalSteps > warmupSteps else { return base }
    let progress = min(Double(step - warmupSteps) / Double(totalSteps - warmupSteps), 1)
    return base * (finalFraction + (1 - finalFraction) * (1 + cos(.pi * progress)) / 2)
  }
}
