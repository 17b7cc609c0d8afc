// `--column` and `--images`: how the tables of a data set are read.

import ArgumentParser
import Tables

/// `--column`, shared by all commands that read tables.
struct ColumnOptions: ParsableArguments {
  @Option(
    name: .customLong("column"),
    help: ArgumentHelp(
      "Column of the table that is read as another, for example path=filename or mos=rating; repeatable.",
      valueName: "name=column"))
  var columns: [String] = []

  /// The names.
  var names: ColumnNames { ColumnNames(columns) ?? ColumnNames() }

  func validate() throws {
    guard ColumnNames(columns) != nil else {
      throw ValidationError(
        "--column: expected name=column, each name once, found \(columns.joined(separator: " "))")
    }
  }
}

/// `--column` and `--images` of commands that resolve a configuration: short forms of its keys.
struct DataOptions: ParsableArguments {
  @OptionGroup var columns: ColumnOptions

  @Option(
    help: ArgumentHelp(
      "Folder that paths of tables are relative to, as data.imageRoot (default: that of the table).",
      valueName: "dir"))
  var images: String?

  /// As values of `--set`.
  var overrides: [String] {
    var overrides: [String] = []
    if !columns.columns.isEmpty {
      let texts = columns.columns.map {
        "\"" + $0.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
      }
      overrides.append("data.columns=[\(texts.joined(separator: ", "))]")
    }
    if let images { overrides.append("data.imageRoot=\(images)") }
    return overrides
  }
}
