// Are these scores on the scale that the set is known for? A wrong column trains without any error.

/// The range of a data set's scores, compared with what was read.
struct ScaleGuard {
  /// The range that scores can have.
  let range: ClosedRange<Double>
  /// Who says so: "koniq has 0 to 100".
  let origin: String
  /// What to do about another scale, besides giving the range.
  let remedy: String?

  /// Scores may leave the range by this share of its width: regressed scores do, a little.
  static let tolerance = 0.01
  /// Scores that span less than this share of the range are on another scale.
  static let leastSpan = 0.1
  /// Fewer scores may lie close together by chance.
  static let leastCount = 8

  /// Scales of known sets.
  private static let known: [ClosedRange<Double>] = [0...1, 1...5, 0...9, 1...10, 0...100]

  func check(_ statistics: LabelStatistics) throws(ImportError) {
    let width = range.upperBound - range.lowerBound
    let slack = Self.tolerance * width
    let isInside =
      statistics.minimum >= range.lowerBound - slack
      && statistics.maximum <= range.upperBound + slack
    // Scores of 1 to 5 lie inside 0 to 100: the span tells.
    let span = statistics.maximum - statistics.minimum
    let isWide =
      statistics.count < Self.leastCount || statistics.isConstant || span >= Self.leastSpan * width
    guard !isInside || !isWide else { return }
    let found =
      Self.known.first { $0.contains(statistics.minimum) && $0.contains(statistics.maximum) }
    let numbers =
      "(min \(LabelStatistics.text(statistics.minimum)), max \(LabelStatistics.text(statistics.maximum)))"
    let option = found.map { "--mos-range \(Self.text($0, ":"))" } ?? "--mos-range with its range"
    throw .wrongScale(
      found: (found.map { Self.text($0, "-") } ?? "another scale") + " \(numbers)",
      expected: "\(origin) \(Self.text(range, "-"))",
      remedy: "use \(remedy.map { "\($0), or " } ?? "")\(option) if these are the scores you mean")
  }

  private static func text(_ range: ClosedRange<Double>, _ separator: String) -> String {
    LabelStatistics.text(range.lowerBound) + separator + LabelStatistics.text(range.upperBound)
  }
}
