// Agreement of predicted scores with opinion scores, as the IQA literature measures it.

import Foundation

/// Correlations and errors of two lists of numbers. All sums run in the order of the lists, in Double.
public enum ScoreAgreement {
  /// Spearman's rank correlation (SRCC): the linear correlation of the ranks, ties with average ranks.
  /// - Returns: in [−1, 1]; NaN if there are fewer than two pairs or one list is constant.
  public static func spearmanRankCorrelation(_ x: [Double], _ y: [Double]) -> Double {
    pearsonLinearCorrelation(averageRanks(x), averageRanks(y))
  }

  /// Pearson's linear correlation (PLCC), without any fit before it.
  ///
  /// Σ(xᵢ − x̄)(yᵢ − ȳ) / √(Σ(xᵢ − x̄)² · Σ(yᵢ − ȳ)²).
  /// - Returns: in [−1, 1]; NaN if there are fewer than two pairs or one list is constant.
  public static func pearsonLinearCorrelation(_ x: [Double], _ y: [Double]) -> Double {
    requirePairs(x, y)
    guard x.count > 1 else { return .nan }
    let (xMean, yMean) = (mean(x), mean(y))
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for (a, b) in zip(x, y) {
      let (u, v) = (a - xMean, b - yMean)
      xx += u * u
      yy += v * v
      xy += u * v
    }
    guard xx > 0, yy > 0 else { return .nan }
    return min(1, max(-1, xy / (xx.squareRoot() * yy.squareRoot())))
  }

  /// Kendall's rank correlation τ-b (KRCC): (concordant − discordant pairs) / √((P − Tx)(P − Ty)) for P
  /// pairs in all, of which Tx and Ty are ties.
  /// - Returns: in [−1, 1]; NaN if there are fewer than two pairs or one list is constant.
  /// - Cost: n log n (Knight's algorithm: discordant pairs are the inversions of y in the order of x).
  public static func kendallRankCorrelation(_ x: [Double], _ y: [Double]) -> Double {
    requirePairs(x, y)
    guard x.count > 1 else { return .nan }
    let order = x.indices.sorted { x[$0] != x[$1] ? x[$0] < x[$1] : y[$0] < y[$1] }
    let pairs = x.count * (x.count - 1) / 2
    let xTies = tiedPairs(order) { x[$0] == x[$1] }
    let bothTies = tiedPairs(order) { x[$0] == x[$1] && y[$0] == y[$1] }
    var values = order.map { y[$0] }
    let discordant = inversions(&values)  // sorts `values`
    let yTies = tiedPairs(values) { $0 == $1 }
    let agreement = pairs - xTies - yTies + bothTies - 2 * discordant
    let scale = Double(pairs - xTies).squareRoot() * Double(pairs - yTies).squareRoot()
    return scale > 0 ? Double(agreement) / scale : .nan
  }

  /// √(Σ(xᵢ − yᵢ)² / n); NaN for no pairs.
  public static func rootMeanSquareError(_ x: [Double], _ y: [Double]) -> Double {
    requirePairs(x, y)
    return mean(zip(x, y).map { ($0 - $1) * ($0 - $1) }).squareRoot()
  }

  /// Σ|xᵢ − yᵢ| / n; NaN for no pairs.
  public static func meanAbsoluteError(_ x: [Double], _ y: [Double]) -> Double {
    requirePairs(x, y)
    return mean(zip(x, y).map { abs($0 - $1) })
  }

  /// Ranks from 1; equal values share the mean of their ranks.
  public static func averageRanks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted {
      values[$0] != values[$1] ? values[$0] < values[$1] : $0 < $1
    }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = Double(start + 1 + end) / 2 }
      start = end
    }
    return ranks
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  private static func requirePairs(_ x: [Double], _ y: [Double]) {
    precondition(x.count == y.count, "expected lists of one length, got \(x.count) and \(y.count)")
  }

  /// Pairs of equal neighbors in runs: Σ t(t − 1)/2 over the runs of t equal elements.
  private static func tiedPairs<Element>(
    _ sorted: [Element], areTied: (Element, Element) -> Bool
  ) -> Int {
    var pairs = 0
    var run = 0
    for place in sorted.indices.dropFirst() {
      run = areTied(sorted[place - 1], sorted[place]) ? run + 1 : 0
      pairs += run
    }
    return pairs
  }

  /// Sorts and counts the pairs that were in strictly falling order (merge sort).
  private static func inversions(_ values: inout [Double]) -> Int {
    var count = 0
    var width = 1
    var merged = values
    while width < values.count {
      for start in stride(from: 0, to: values.count, by: 2 * width) {
        let middle = min(start + width, values.count)
        let end = min(start + 2 * width, values.count)
        var (left, right) = (start, middle)
        for place in start..<end {
          if right == end || (left < middle && values[left] <= values[right]) {
            merged[place] = values[left]
            left += 1
          } else {
            merged[place] = values[right]
            right += 1
            count += middle - left
          }
        }
      }
      swap(&values, &merged)
      width *= 2
    }
    return count
  }
}
