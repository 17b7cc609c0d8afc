// The scores of a set at a glance, and whether they are on the scale they are taken for.

/// Count, extremes and quantiles of the scores of a set.
public struct TargetScores: Equatable, Sendable {
  /// All scores, ascending: the mean ratings of distributions, all attributes together.
  public let sorted: [Double]

  /// - Parameter scores: in any order.
  public init(_ scores: [Double]) { sorted = scores.sorted() }

  public var count: Int { sorted.count }
  public var lowest: Double { sorted.first ?? .nan }
  public var highest: Double { sorted.last ?? .nan }
  public var median: Double { quantile(0.5) }

  /// Standard deviation over all scores; NaN for none.
  public var deviation: Double {
    let n = Double(count)
    let mean = sorted.reduce(0, +) / n
    return (sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n).squareRoot()
  }

  /// The score at a share of the order, 0 to 1, between two neighbors by linear interpolation.
  public func quantile(_ share: Double) -> Double { Self.quantile(share, of: sorted) }

  /// The same of other numbers in ascending order; NaN for none.
  static func quantile(_ share: Double, of sorted: [Double]) -> Double {
    guard let last = sorted.indices.last else { return .nan }
    let position = share * Double(last)
    let below = min(Int(position), last)
    let above = min(below + 1, last)
    let weight = position - Double(below)
    return weight == 0 ? sorted[below] : sorted[below] * (1 - weight) + sorted[above] * weight
  }

  /// Quantiles at `count` even steps from 0 to 1.
  public func quantiles(_ count: Int) -> [Double] {
    guard !sorted.isEmpty, count > 1 else { return [] }
    return (0..<count).map { quantile(Double($0) / Double(count - 1)) }
  }
}

extension TargetScores: CustomStringConvertible {
  /// `51 scores, 3.91 to 88.39, median 61.2`.
  public var description: String {
    func short(_ value: Double) -> String {
      let text = "\((value * 10_000).rounded() / 10_000)"
      return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
    return "\(count) scores, \(short(lowest)) to \(short(highest)), median \(short(median))"
  }

  /// What the scores look like, if that is not the scale `range`, [lowest, highest]; nil if they may be
  /// on it, or if it is not given.
  public func mismatch(range: [Double]) -> ScaleGuard.Mismatch? {
    guard range.count == 2, range[0] < range[1] else { return nil }
    return ScaleGuard(range: range[0]...range[1])
      .mismatch(count: count, lowest: lowest, highest: highest)
  }
}
