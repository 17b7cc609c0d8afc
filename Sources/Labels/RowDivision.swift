// Rows divided at random into splits: what `data split` writes down, and what training does with a
// manifest that has no column of splits. One algorithm, so that both give the same rows.

import Files
import Tensors

/// Shares of the training, validation and test splits.
public struct SplitRatio: Equatable, Sendable {
  /// Whole numbers without a common divisor.
  public let shares: [Int]

  /// Training to validation to, if given, test, to a thousandth; nil if that is not a ratio.
  public init?(shares: [Double]) {
    // Six digits are more than any ratio needs, and keep the products of the division in range.
    guard (2...3).contains(shares.count), shares.allSatisfy({ $0 >= 0 && $0 <= 1e6 }) else {
      return nil
    }
    let scaled = (shares + [0]).prefix(3).map { Int(($0 * 1e3).rounded()) }
    let divisor = scaled.reduce(0, Self.commonDivisor)
    guard divisor > 0, scaled[0] > 0 else { return nil }
    self.shares = scaled.map { $0 / divisor }
  }

  /// `8:2`, `8:1:1`, `8:0:2` or `0.8:0.1:0.1`.
  public init?(_ text: String) {
    let words = text.split(separator: ":", omittingEmptySubsequences: false)
    self.init(shares: words.map { Double($0) ?? .nan })
  }

  /// Tenths as in names of pyiqa, 811 for 8:1:1 and 802 for 4:0:1; `17-1-2` where this needs two
  /// digits.
  public var name: String {
    let tenths = 10 % sum == 0 ? shares.map { $0 * (10 / sum) } : shares
    return tenths.map(String.init).joined(separator: tenths.contains { $0 > 9 } ? "-" : "")
  }

  var sum: Int { shares.reduce(0, +) }

  private static func commonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : commonDivisor(b, a % b)
  }
}

/// Groups of rows that stay together.
public struct RowDivision {
  /// Rows of each group, in the order of the groups' names.
  public let groups: [[Int]]
  private let noun: String

  /// A split of the ratio that gets no row.
  public struct EmptySplit: Error {
    /// `3 groups are too few`.
    public let reason: String
    /// The split.
    public let split: DataSplit
  }

  /// - Parameters:
  ///   - paths: the path of each row.
  ///   - groups: the group of each row; nil for none. Rows with an empty one are grouped by their
  ///     path, however it is written: `./p/0` is `p/0`.
  public init(paths: [String], groups names: [String]?) {
    var groups: [FileName: [Int]] = [:]
    for (row, path) in paths.enumerated() {
      let group = names?[row] ?? ""
      // The first byte tells names of groups from paths.
      let name = group.isEmpty ? "p" + FilePath.normalized(path) : "g" + group
      groups[FileName(name), default: []].append(row)
    }
    self.groups = groups.sorted { $0.key < $1.key }.map(\.value)
    noun = names == nil ? "image" : "group"
  }

  /// The split of each row.
  ///
  /// Groups are shuffled and laid side by side; the splits are cut where the ratio says, and a
  /// group belongs to the split in which its middle lies. So without groups, and with groups of
  /// equal size, the numbers are exact to rounding. The order of the rows does not matter.
  /// - Parameter number: 1, and on from there for further independent divisions by the same seed.
  /// - Throws: when a split that the ratio has would stay empty.
  public func splits(_ ratio: SplitRatio, seed: UInt64, number: Int = 1) throws(EmptySplit)
    -> [DataSplit]
  {
    var random = RandomStream(seed: seed, purpose: .split, epoch: number)
    let total = groups.reduce(0) { $0 + $1.count }
    var splits = [DataSplit](repeating: .train, count: total)
    var counts = [0, 0, 0]
    var start = 0
    for group in random.permutation(of: groups.count) {
      let size = groups[group].count
      // Middle of the group against the ends of the splits, in units of 1 / (2 · sum) rows.
      let middle = (2 * start + size) * ratio.sum
      var place = 0
      var end = 2 * total * ratio.shares[0]
      while middle >= end && place < 2 {
        place += 1
        end += 2 * total * ratio.shares[place]
      }
      for row in groups[group] { splits[row] = DataSplit.allCases[place] }
      counts[place] += size
      start += size
    }
    for (place, share) in ratio.shares.enumerated() where share > 0 && counts[place] == 0 {
      let few = groups.count == 1 ? "1 \(noun) is too few" : "\(groups.count) \(noun)s are too few"
      throw EmptySplit(reason: few, split: DataSplit.allCases[place])
    }
    return splits
  }
}
