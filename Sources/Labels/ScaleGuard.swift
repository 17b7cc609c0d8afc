// Are these scores on the scale that the set is known for? 1 to 5 where 0 to 100 is expected trains
// without an error and predicts nonsense. Asked when labels are imported and again before a run
// begins.

/// The range of a data set's scores, compared with what was read.
public struct ScaleGuard {
  /// The range that scores can have.
  public let range: ClosedRange<Double>

  public init(range: ClosedRange<Double>) { self.range = range }

  /// Scores may leave the range by this share of its width: regressed scores do, a little.
  static let tolerance = 0.01
  /// Scores that fit a known scale of at most one in so many parts of the range are on that scale.
  static let narrowness = 4.0
  /// Fewer scores may lie close together by chance.
  static let leastCount = 5

  /// Scales in use, narrow ones first.
  private static let known: [ClosedRange<Double>] = [
    0...1, -1...1, 1...5, 0...5, 0...9, 1...10, 0...10, 0...100,
  ]

  /// Another scale than expected.
  public struct Mismatch: Equatable {
    /// `1-5 (min 1.73, max 4.27)`, or `another scale (…)`.
    public let found: String
    /// The scale that the scores fit, if it is one in use.
    public let scale: ClosedRange<Double>?
  }

  /// What the scores look like if that is not `range`; nil if it can be.
  ///
  /// Scores outside, by more than `tolerance`, are on another scale; so are at least `leastCount`
  /// different ones that fit a known scale of a quarter of the width or less, as 1 to 5 in 0 to
  /// 100.
  public func mismatch(count: Int, lowest: Double, highest: Double) -> Mismatch? {
    guard count > 0 else { return nil }
    let width = range.upperBound - range.lowerBound
    let slack = Self.tolerance * width
    let isInside =
      lowest >= range.lowerBound - slack && highest <= range.upperBound + slack
    let scale = Self.known.first { $0.contains(lowest) && $0.contains(highest) }
    let isNarrow =
      count >= Self.leastCount && lowest < highest
      && scale.map {
        $0 != range && Self.narrowness * ($0.upperBound - $0.lowerBound) <= width
      } ?? false
    guard !isInside || isNarrow else { return nil }
    let numbers =
      "(min \(LabelStatistics.text(lowest)), max \(LabelStatistics.text(highest)))"
    return Mismatch(
      found: (scale.map { Self.text($0) } ?? "another scale") + " \(numbers)", scale: scale)
  }

  /// `0-100`.
  public static func text(_ range: ClosedRange<Double>, _ separator: String = "-") -> String {
    let gap = range.lowerBound < 0 && separator == "-" ? " to " : separator
    return LabelStatistics.text(range.lowerBound) + gap + LabelStatistics.text(range.upperBound)
  }
}
