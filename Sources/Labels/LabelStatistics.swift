// What a column of scores looks like: the first thing to see of a data set, and how wrong scales
// show.

import Foundation

/// Order statistics and a histogram of finite numbers.
public struct LabelStatistics: Equatable, Sendable {
  public let count: Int
  public let minimum: Double
  /// The 1st percentile, like all interpolated between the two nearest values.
  public let lowPercentile: Double
  public let median: Double
  /// The 99th percentile.
  public let highPercentile: Double
  public let maximum: Double
  public let mean: Double
  /// Number of different values.
  public let uniqueCount: Int
  /// Numbers in ten bins of equal width from the minimum to the maximum, which is in the last.
  public let histogram: [Int]

  static let binCount = 10

  /// - Returns: nil without values.
  /// - Cost: one sort.
  public init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    func percentile(_ share: Double) -> Double { TargetScores.quantile(share, of: sorted) }
    count = sorted.count
    minimum = sorted[0]
    maximum = sorted[sorted.count - 1]
    (lowPercentile, median, highPercentile) = (percentile(0.01), percentile(0.5), percentile(0.99))
    // In ascending order, so that the order of rows does not show.
    mean = sorted.reduce(0, +) / Double(sorted.count)
    uniqueCount = 1 + zip(sorted, sorted.dropFirst()).count { $0 != $1 }
    var histogram = [Int](repeating: 0, count: Self.binCount)
    let width = (maximum - minimum) / Double(Self.binCount)
    for value in sorted {
      let bin = width > 0 ? Int((value - minimum) / width) : 0
      histogram[min(bin, Self.binCount - 1)] += 1
    }
    self.histogram = histogram
  }

  /// Whether all values are the same although there are several: nothing to learn from.
  public var isConstant: Bool { count > 1 && uniqueCount == 1 }

  /// Two lines of numbers under the name of the column, and a line per bin.
  public func lines(_ name: String) -> [String] {
    let number = Self.text
    var lines = [
      "\(name): n \(count), unique \(uniqueCount), mean \(number(mean))",
      "  min \(number(minimum))  p1 \(number(lowPercentile))  median \(number(median))"
        + "  p99 \(number(highPercentile))  max \(number(maximum))",
    ]
    if uniqueCount == 1 { return lines }
    let width = (maximum - minimum) / Double(Self.binCount)
    let edges = (0...Self.binCount).map { number(minimum + Double($0) * width) }
    let length = edges.map(\.count).max() ?? 0
    let largest = histogram.max() ?? 1
    for (bin, count) in histogram.enumerated() {
      let edge = String(repeating: " ", count: length - edges[bin].count) + edges[bin]
      // Rounded up: a bin that is not empty is seen.
      let bar = String(repeating: "#", count: (count * 40 + largest - 1) / largest)
      lines.append("  \(edge) | \(bar)\(bar.isEmpty ? "" : " ")\(count)")
    }
    return lines
  }

  /// Five significant digits.
  public static func text(_ number: Double) -> String { String(format: "%.5g", number) }
}
