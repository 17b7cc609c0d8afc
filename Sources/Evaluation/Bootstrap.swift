// Confidence intervals without assumptions: the figures of many sets drawn from the set itself.

import MPI
import Tensors

/// Percentile bootstrap (Efron): the set is reinitialized from itself, with repetition, and the middle 95 %
/// of a figure's values are its interval.
public struct Bootstrap: Equatable, Sendable {
  /// How many sets are drawn; 0: no intervals.
  public var resamples: Int
  /// Set r is a function of the seed and r alone.
  public var seed: UInt64
  /// Share of the values inside the interval.
  public static let confidence = 0.95

  public init(resamples: Int = 1000, seed: UInt64 = 0) {
    (self.resamples, self.seed) = (resamples, seed)
  }

  /// The intervals of several figures of one set.
  ///
  /// Set r is drawn and measured by rank r mod ranks; values are put in the order of r, so the result has
  /// the same bits at any number of ranks. Values that do not exist (the correlation of a constant list)
  /// are left out.
  /// - Parameters:
  ///   - count: samples of the set.
  ///   - figures: how many values `measure` returns.
  ///   - world: nil for this process alone.
  ///   - measure: the figures of a set in which sample i stands `weights[i]` times.
  /// - Returns: one interval per figure, nil where there is none.
  /// - Collective: every rank calls this with the same arguments.
  public func intervals(
    count: Int, figures: Int, world: Communicator?, measure: ([Int32]) -> [Double]
  ) throws -> [ClosedRange<Double>?] {
    guard resamples > 0, count > 1, figures > 0 else {
      return [ClosedRange<Double>?](repeating: nil, count: figures)
    }
    let (rank, size) = (world?.rank ?? 0, world?.size ?? 1)
    var own: [Double] = []
    for r in stride(from: rank, to: resamples, by: size) {
      let values = measure(weights(of: r, count: count))
      precondition(values.count == figures, "expected \(figures) figures, got \(values.count)")
      own += values
    }
    let all = try world?.allGather(own) ?? [own]
    return (0..<figures).map { figure in
      let values = (0..<resamples).map { all[$0 % size][$0 / size * figures + figure] }
      return Self.interval(values)
    }
  }

  /// How often each sample stands in set `r`.
  func weights(of r: Int, count: Int) -> [Int32] {
    var stream = RandomStream(seed: seed, purpose: .bootstrap, sample: r)
    var weights = [Int32](repeating: 0, count: count)
    for _ in 0..<count { weights[stream.integer(below: count)] += 1 }
    return weights
  }

  /// The quantiles 0.025 and 0.975, linear between neighbors (as NumPy's default).
  private static func interval(_ values: [Double]) -> ClosedRange<Double>? {
    let sorted = values.filter(\.isFinite).sorted()
    guard !sorted.isEmpty else { return nil }
    func quantile(_ q: Double) -> Double {
      let position = q * Double(sorted.count - 1)
      let below = Int(position)
      let above = min(below + 1, sorted.count - 1)
      return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
    }
    let tail = (1 - confidence) / 2
    let low = quantile(tail)
    return low...max(low, quantile(1 - tail))
  }
}
