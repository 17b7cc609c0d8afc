// PIPAL (Gu et al. 2020): Train_Label/*.txt, `name,elo` per line. A0000_00_00.bmp has reference
// A0000.

import Files
import Foundation
import Tables

struct PIPALReader: DatasetReader {
  func read(_ request: ImportRequest) throws -> ImportedRows {
    let folder = try request.labelFile(
      ["Train_Label", "train_label"])
    var result = ImportedRows(file: folder, scoreName: "Elo rating")
    result.folders = ["Train_Dist"] + (1...4).map { "Distortion_\($0)" } + [""]
    result.usesAllFolders = true
    for file in try Self.files(folder) {
      try TextLines.forEach(in: file, separator: 0x2C) { line, words throws(TableError) in
        guard words.count == 2, let value = Double(String(words[1]).trimmed), value.isFinite else {
          throw .row(
            path: file, line: line,
            problem: "expected 'name,elo', found '\(words.prefix(3).joined(separator: ","))'")
        }
        let name = String(words[0]).trimmed
        result.rows.append(
          ImportedRow(
            name: name, score: String(words[1]).trimmed, value: value,
            group: String(name.prefix { $0 != "_" })))
      }
    }
    result.notices.append(
      .note("mos is the Elo rating as shipped; split PIPAL by the column group"))
    return result
  }

  /// The text files of a folder in order of their names; the file itself, if it is one.
  private static func files(_ path: String) throws(TableError) -> [String] {
    guard let entries = try? FileSystem.list(path) else {
      return [path]
    }
    let files = entries.compactMap(\.name.text).filter { $0.hasSuffix(".txt") }.map {
      FilePath.join(path, $0)
    }
    guard !files.isEmpty else { throw .unreadable(path: path, reason: "it has no .txt files") }
    return files
  }
}
