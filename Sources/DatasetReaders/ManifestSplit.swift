// Random splits of a manifest: the same for everybody who uses the same ratio, seed and images.

import Labels
import Tables

/// Adds columns that say which split a row belongs to.
public struct ManifestSplit: Sendable {
  public var ratio: SplitRatio
  public var seed: UInt64
  /// Number of independent splits.
  public var count: Int
  /// The column whose equal values stay in one split; nil for none.
  public var groupColumn: String?
  /// Whether columns of the same names, in whatever case, are replaced.
  public var replaces: Bool

  /// Rows of train, validation and test in one column.
  public struct Summary: Equatable, Sendable {
    public var column: String
    public var rows: [Int]
    /// Groups of the manifest; rows, without a column of groups.
    public var groups: Int
  }

  public init(
    ratio: SplitRatio, seed: UInt64, count: Int = 1, groupColumn: String? = nil,
    replaces: Bool = false
  ) {
    self.ratio = ratio
    self.seed = seed
    self.count = count
    self.groupColumn = groupColumn
    self.replaces = replaces
  }

  /// One split is the column `split`, several are `ratio811_seed123_split_01` and so on. A column that
  /// is found by such a name keeps its own, `Split`: training would find two.
  ///
  /// Rows are divided as `RowDivision` describes; neither their order nor the other columns matter.
  /// - Throws: `ImportError.noPaths`, `.splitExists`, `.emptySplit`; `TableError.row` without the column of
  ///   groups.
  public func apply(to table: inout TextTable) throws -> [Summary] {
    let present = (1...count).compactMap { table.column(columnName($0)) }
      .flatMap { table.columns.namesakes(of: $0) }
    guard present.isEmpty || replaces && present.count <= count else {
      throw ImportError.splitExists(path: table.path, columns: present)
    }
    let path = try table.pathColumn()
    let group = try groupColumn.map { name throws(TableError) in try table.required(name) }
    let division = RowDivision(
      paths: table.rows.indices.map { table.text($0, path) },
      groups: group.map { group in table.rows.indices.map { table.text($0, group) } })
    var summaries: [Summary] = []
    for number in 1...count {
      let column = columnName(number)
      let splits: [DataSplit]
      do throws(RowDivision.EmptySplit) {
        splits = try division.splits(ratio, seed: seed, number: number)
      } catch {
        throw ImportError.emptySplit(
          path: table.path, column: column, split: error.split, reason: error.reason,
          isGrouped: group != nil)
      }
      table.set(column, splits.map(\.rawValue))
      summaries.append(
        Summary(
          column: table.column(column).map { table.header[$0] } ?? column,
          rows: DataSplit.allCases.map { split in splits.count { $0 == split } },
          groups: division.groups.count))
    }
    return summaries
  }

  private func columnName(_ number: Int) -> String {
    count == 1
      ? "split"
      : "ratio\(ratio.name)_seed\(seed)_split_\(number < 10 ? "0" : "")\(number)"
  }
}
