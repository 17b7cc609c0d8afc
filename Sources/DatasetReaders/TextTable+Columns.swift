// Columns that have a meaning in label files and manifests.

import Labels
import Tables

extension TextTable {
  /// A field as a split; nil without a column or where it is empty.
  func split(_ row: Int, _ column: Int?) throws(TableError) -> DataSplit? {
    guard let column else { return nil }
    let text = text(row, column)
    if text.isEmpty { return nil }
    // Sheets and data frames write 0 as 0.0.
    guard let split = DataSplit(word: text.hasSuffix(".0") ? String(text.dropLast(2)) : text) else {
      throw failure(
        row,
        "expected train, validation or test (0, 1, 2) in column '\(header[column])', found '\(text)'"
      )
    }
    return split
  }

  /// The column of paths, by any of the names that training accepts.
  func pathColumn() throws(ImportError) -> Int {
    guard let column = columns.column(anyOf: ManifestColumn.path) else {
      throw .noPaths(path: path, found: columns.list)
    }
    return column
  }
}
