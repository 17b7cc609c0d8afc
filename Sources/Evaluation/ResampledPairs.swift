// Correlations of a list of pairs of which each counts any number of times: what the bootstrap computes a
// thousand times, hence without sorting again.

/// Pairs (x, y) with their orders found once.
struct ResampledPairs {
  private let x: [Double]
  private let y: [Double]
  private let byX: Order
  private let byY: Order

  init(_ x: [Double], _ y: [Double]) {
    (self.x, self.y) = (x, y)
    (byX, byY) = (Order(x), Order(y))
  }

  /// SRCC, KRCC (τ-b) and PLCC of the list in which pair i stands `weights[i]` times, as
  /// `ScoreAgreement` defines them; NaN where one list is constant.
  /// - Cost: n log n integer operations for KRCC, a few passes for the others.
  func correlations(_ weights: [Int32]) -> [Double] {
    let count = Double(weights.reduce(0) { $0 + Int($1) })
    return [
      Self.pearson(byX.averageRanks(weights), byY.averageRanks(weights), weights, count),
      kendall(weights), Self.pearson(x, y, weights, count),
    ]
  }

  private static func pearson(
    _ x: [Double], _ y: [Double], _ weights: [Int32], _ count: Double
  ) -> Double {
    var (xMean, yMean) = (0.0, 0.0)
    for i in weights.indices {
      xMean += Double(weights[i]) * x[i]
      yMean += Double(weights[i]) * y[i]
    }
    (xMean, yMean) = (xMean / count, yMean / count)
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for i in weights.indices {
      let (w, u, v) = (Double(weights[i]), x[i] - xMean, y[i] - yMean)
      xx += w * u * u
      yy += w * v * v
      xy += w * u * v
    }
    guard xx > 0, yy > 0 else { return .nan }
    return min(1, max(-1, xy / (xx.squareRoot() * yy.squareRoot())))
  }

  /// Walks up x, a group of equal x after the other, with the weights of all smaller x in a Fenwick tree
  /// over the ranks of y.
  private func kendall(_ weights: [Int32]) -> Double {
    var tree = FenwickTree(count: byY.groups.count)
    var (agreement, total, xTies) = (0, 0, 0)
    for group in byX.groups {
      for i in byX.order[group] where weights[i] > 0 {
        let rank = byY.groupOf[i]
        let below = tree.sum(below: rank)
        let above = total - tree.sum(below: rank + 1)
        agreement += Int(weights[i]) * (below - above)
      }
      var weight = 0
      for i in byX.order[group] where weights[i] > 0 {
        tree.add(Int(weights[i]), at: byY.groupOf[i])
        weight += Int(weights[i])
      }
      total += weight
      xTies += weight * (weight - 1) / 2
    }
    let pairs = total * (total - 1) / 2
    let scale =
      Double(pairs - xTies).squareRoot() * Double(pairs - byY.tiedPairs(weights)).squareRoot()
    return scale > 0 ? Double(agreement) / scale : .nan
  }
}

/// A list's order and its groups of equal values.
private struct Order {
  /// Places in the list by ascending value.
  let order: [Int]
  /// Ranges of `order` with equal values, ascending.
  let groups: [Range<Int>]
  /// The group of each place.
  let groupOf: [Int]

  init(_ values: [Double]) {
    let order = values.indices.sorted {
      values[$0] != values[$1] ? values[$0] < values[$1] : $0 < $1
    }
    var groups: [Range<Int>] = []
    var groupOf = [Int](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start
      while end < order.count, values[order[end]] == values[order[start]] {
        groupOf[order[end]] = groups.count
        end += 1
      }
      // Not comparable with itself: NaN, a group of its own.
      end = max(end, start + 1)
      groups.append(start..<end)
      start = end
    }
    (self.order, self.groups, self.groupOf) = (order, groups, groupOf)
  }

  /// Ranks from 1, equal values share the mean of theirs.
  func averageRanks(_ weights: [Int32]) -> [Double] {
    var ranks = [Double](repeating: 0, count: weights.count)
    var before = 0
    for group in groups {
      let weight = order[group].reduce(0) { $0 + Int(weights[$1]) }
      let rank = Double(2 * before + weight + 1) / 2
      for i in order[group] { ranks[i] = rank }
      before += weight
    }
    return ranks
  }

  func tiedPairs(_ weights: [Int32]) -> Int {
    groups.reduce(0) { pairs, group in
      let weight = order[group].reduce(0) { $0 + Int(weights[$1]) }
      return pairs + weight * (weight - 1) / 2
    }
  }
}

/// Sums of prefixes of a list that changes, each in log n.
private struct FenwickTree {
  private var nodes: [Int]

  init(count: Int) { nodes = [Int](repeating: 0, count: count + 1) }

  mutating func add(_ value: Int, at place: Int) {
    var node = place + 1
    while node < nodes.count {
      nodes[node] += value
      node += node & -node
    }
  }

  /// The sum of the values at 0 ..< place.
  func sum(below place: Int) -> Int {
    var node = place
    var sum = 0
    while node > 0 {
      sum += nodes[node]
      node &= node - 1
    }
    return sum
  }
}
