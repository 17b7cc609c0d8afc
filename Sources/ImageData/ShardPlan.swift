// The division of a global batch into gradient shards of near-equal cost, the same on every rank.

import Tensors

/// Which samples of a batch belong to which gradient shard.
///
/// Longest processing time first: samples in order of falling cost go to the shard that has least,
/// so shards differ by at most one sample's cost. The shards are then numbered so that every
/// aligned run of them, the share of a rank or a worker, has near-equal cost too. Any batch size
/// works: small batches leave shards empty.
public struct ShardPlan: Equatable, Sendable {
  /// For each shard its positions in the batch, ascending.
  public let shards: [[Int]]
  /// For each shard its planned cost.
  public let costs: [Double]

  /// - Parameter costs: the cost of the sample at each position of the batch.
  /// - Precondition: `shardCount` is positive.
  public init(costs: [Double], shardCount: Int) {
    precondition(shardCount > 0, "expected a positive shard count, got \(shardCount)")
    let order = costs.indices.sorted {
      costs[$0] != costs[$1] ? costs[$0] > costs[$1] : $0 < $1
    }
    var shards = [[Int]](repeating: [], count: shardCount)
    var loads = [Double](repeating: 0, count: shardCount)
    for position in order {
      var least = 0
      for shard in 1..<max(1, shardCount) where loads[shard] < loads[least] { least = shard }
      shards[least].append(position)
      loads[least] += costs[position]
    }
    let numbering = Self.arranged(
      loads.indices.sorted { loads[$0] != loads[$1] ? loads[$0] > loads[$1] : $0 < $1 },
      loads: loads)
    self.shards = numbering.map { shards[$0].sorted() }
    self.costs = numbering.map { loads[$0] }
  }

  /// Puts shards, given in order of falling cost, into an order whose halves, quarters, … cost the
  /// same.
  ///
  /// Top-down: of two neighbors in cost the larger goes to the half that has less so far, then the
  /// swaps that help most are made.
  private static func arranged(_ shards: [Int], loads: [Double]) -> [Int] {
    guard shards.count > 2 else { return shards }
    var (first, second): ([Int], [Int]) = ([], [])
    var difference = 0.0  // cost of the first half minus that of the second
    for pair in stride(from: 0, to: shards.count, by: 2) {
      let larger = shards[pair]
      // An odd one out belongs to the first half.
      guard pair + 1 < shards.count else {
        first.append(larger)
        difference += loads[larger]
        break
      }
      let smaller = shards[pair + 1]
      let gap = loads[larger] - loads[smaller]
      first.append(difference <= 0 ? larger : smaller)
      second.append(difference <= 0 ? smaller : larger)
      difference += difference <= 0 ? gap : -gap
    }
    for _ in 0..<4 {
      guard let swap = bestSwap(first, second, difference: difference, loads: loads) else { break }
      difference -= 2 * (loads[first[swap.0]] - loads[second[swap.1]])
      (first[swap.0], second[swap.1]) = (second[swap.1], first[swap.0])
      let falling = { (a: Int, b: Int) in loads[a] != loads[b] ? loads[a] > loads[b] : a < b }
      first.sort(by: falling)
      second.sort(by: falling)
    }
    return arranged(first, loads: loads) + arranged(second, loads: loads)
  }

  /// The places in two falling lists whose swap leaves the smallest difference; nil if none helps.
  private static func bestSwap(
    _ first: [Int], _ second: [Int], difference: Double, loads: [Double]
  ) -> (Int, Int)? {
    var best: (Int, Int)?
    var least = abs(difference)
    var near = 0
    for place in first.indices {
      // The ideal partner costs half the difference less; it moves down with `place`.
      let wanted = loads[first[place]] - difference / 2
      while near + 1 < second.count, loads[second[near]] > wanted { near += 1 }
      for partner in [near - 1, near] where second.indices.contains(partner) {
        let left = abs(difference - 2 * (loads[first[place]] - loads[second[partner]]))
        if left < least { (best, least) = ((place, partner), left) }
      }
    }
    return best
  }

  /// Largest cost of an owner of one contiguous share of the shards, relative to the mean; 1 is
  /// perfect.
  public func imbalance(owners: Int) -> Double {
    let shares = (0..<owners).map { owner in
      costs[costs.indices.share(owner, of: owners)].reduce(0, +)
    }
    let mean = shares.reduce(0, +) / Double(owners)
    return mean > 0 ? (shares.max() ?? 0) / mean : 1
  }
}
