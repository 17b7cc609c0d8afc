// TID2013 (Ponomarenko et al. 2015): mos_with_names.txt, `score name` per line, 0 to 9.
// i01_02_3.bmp is reference 1, distortion 2, level 3; the case of names differs between list and
// files.

import Tables

struct TID2013Reader: DatasetReader {
  func read(_ request: ImportRequest) throws -> ImportedRows {
    let file = try request.labelFile(
      ["mos_with_names.txt", "tid2013/mos_with_names.txt"])
    var result = ImportedRows(file: file, scoreName: "score")
    result.folders = ["distorted_images", "tid2013/distorted_images", ""]
    try TextLines.forEach(in: file) { line, words throws(TableError) in
      guard words.count == 2, let value = Double(words[0]), value.isFinite else {
        throw .row(
          path: file, line: line,
          problem: "expected 'score name', found '\(words.prefix(3).joined(separator: " "))'")
      }
      let name = String(words[1])
      result.rows.append(
        ImportedRow(
          name: name, score: String(words[0]), value: value,
          group: String(name.prefix { $0 != "_" }).uppercased()))
    }
    result.notices.append(.note("split TID2013 by the column group, its references"))
    return result
  }
}
