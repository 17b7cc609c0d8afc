// Random splits of a manifest: the same for everybody who uses the same ratio, seed and pictures.

import Tensors

/// Shares of train, validation and test.
public struct SplitRatio: Equatable, Sendable {
  /// Whole numbers without a common divisor.
  public let parts: [Int]

  /// `8:1:1`, `8:0:2` or `0.8:0.1:0.1`.
  public init?(_ text: String) {
    let words = text.split(separator: ":", omittingEmptySubsequences: false)
    let numbers = words.map { Double($0) ?? .nan }
    // Three digits are more than any ratio needs, and keep the products below in range.
    guard numbers.count == 3, numbers.allSatisfy({ $0 >= 0 && $0 <= 1e6 }) else { return nil }
    let scaled = numbers.map { Int(($0 * 1e3).rounded()) }
    let divisor = scaled.reduce(0, Self.commonDivisor)
    guard divisor > 0, scaled[0] > 0 else { return nil }
    parts = scaled.map { $0 / divisor }
  }

  /// Tenths as in names of pyiqa, 811 for 8:1:1 and 802 for 4:0:1; `17-1-2` where this needs two digits.
  public var name: String {
    let tenths = 10 % sum == 0 ? parts.map { $0 * (10 / sum) } : parts
    return tenths.map(String.init).joined(separator: tenths.contains { $0 > 9 } ? "-" : "")
  }

  var sum: Int { parts.reduce(0, +) }

  private static func commonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : commonDivisor(b, a % b)
  }
}

/// Adds columns that say which part a row belongs to.
public struct ManifestSplit: Sendable {
  public var ratio: SplitRatio
  public var seed: UInt64
  /// Number of independent splits.
  public var count: Int
  /// The column whose equal values stay in one part; nil for none.
  public var groupColumn: String?

  /// Rows of train, validation and test in one column.
  public struct Summary: Equatable, Sendable {
    public var column: String
    public var rows: [Int]
    /// Groups of the manifest; rows, without a column of groups.
    public var groups: Int
  }

  public init(ratio: SplitRatio, seed: UInt64, count: Int = 1, groupColumn: String? = nil) {
    self.ratio = ratio
    self.seed = seed
    self.count = count
    self.groupColumn = groupColumn
  }

  /// One split is the column `split`, several are `ratio811_seed123_split_01` and so on. Columns of the
  /// same names are replaced.
  ///
  /// Groups are shuffled and laid side by side; the parts are cut where the ratio says, and a group
  /// belongs to the part in which its middle lies. So without groups, and with groups of equal size, the
  /// numbers are exact to rounding. Rows with the same path are one group, and so are rows with an empty
  /// group alone. Neither the order of the rows nor the other columns matter.
  /// - Throws: `ImportError.row` without the columns, `.request` if a part would stay empty.
  public func apply(to table: inout LabelTable) throws(ImportError) -> [Summary] {
    let groups = try self.groups(of: table)
    var summaries: [Summary] = []
    for number in 1...count {
      let parts = assign(groups, number: number)
      var words = [String](repeating: "", count: table.rows.count)
      var rows = [0, 0, 0]
      for (group, part) in zip(groups, parts) {
        for row in group { words[row] = DataSplit.allCases[part].rawValue }
        rows[part] += group.count
      }
      let column = columnName(number)
      for (part, share) in ratio.parts.enumerated() where share > 0 && rows[part] == 0 {
        throw .request(
          path: table.path,
          problem: "\(groups.count) \(groupColumn == nil ? "pictures" : "groups") are too few: "
            + "\(DataSplit.allCases[part].rawValue) of \(column) would be empty; "
            + "use another --ratio\(groupColumn == nil ? "" : " or --group-by none")")
      }
      table.set(column, words)
      summaries.append(Summary(column: column, rows: rows, groups: groups.count))
    }
    return summaries
  }

  private func columnName(_ number: Int) -> String {
    count == 1
      ? "split"
      : "ratio\(ratio.name)_seed\(seed)_split_\(number < 10 ? "0" : "")\(number)"
  }

  /// Rows of each group, in the order of the groups' names.
  private func groups(of table: LabelTable) throws(ImportError) -> [[Int]] {
    let path = try table.pathColumn()
    let column = try groupColumn.map { name throws(ImportError) in try table.required(name) }
    var groups: [String: [Int]] = [:]
    for row in table.rows.indices {
      let group = column.map { table.text(row, $0) } ?? ""
      // The first byte tells names of groups from paths.
      groups[group.isEmpty ? "p" + table.text(row, path) : "g" + group, default: []].append(row)
    }
    return groups.sorted { FolderListing.precedes($0.key, $1.key) }.map(\.value)
  }

  /// The part of each group.
  private func assign(_ groups: [[Int]], number: Int) -> [Int] {
    var random = RandomStream(seed: seed, purpose: .split, epoch: number)
    let total = groups.reduce(0) { $0 + $1.count }
    var parts = [Int](repeating: 0, count: groups.count)
    var start = 0
    for group in random.permutation(of: groups.count) {
      let size = groups[group].count
      // Middle of the group against the ends of the parts, in units of 1 / (2 · sum) rows.
      let middle = (2 * start + size) * ratio.sum
      var part = 0
      var end = 2 * total * ratio.parts[0]
      while middle >= end && part < 2 {
        part += 1
        end += 2 * total * ratio.parts[part]
      }
      parts[group] = part
      start += size
    }
    return parts
  }
}

extension LabelTable {
  /// The column of paths, by any of the names that training accepts.
  func pathColumn() throws(ImportError) -> Int {
    try required("path", "image_name", "image", "name", "filename", "file")
  }

  /// Replaces or appends a column.
  mutating func set(_ name: String, _ values: [String]) {
    let place = header.firstIndex(of: name)
    if place == nil { header.append(name) }
    for row in rows.indices {
      if let place { rows[row][place] = values[row] } else { rows[row].append(values[row]) }
    }
  }
}
