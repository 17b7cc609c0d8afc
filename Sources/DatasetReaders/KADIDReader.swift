// KADID-10k (Lin et al. 2019): dmos.csv with dist_img,ref_img,dmos,var; 1 to 5, higher is better
// whatever the name says. Distorted images of one reference are a group.

import Tables

struct KADIDReader: DatasetReader {
  func read(_ request: ImportRequest) throws -> ImportedRows {
    let file = try request.labelFile(
      ["dmos.csv", "kadid10k/dmos.csv"])
    let table = try TextTable(file: file)
    let name = try table.required("dist_img")
    let reference = try table.required("ref_img")
    let score = try table.required(request.scoreColumn ?? "dmos")
    let variance = table.column("var")
    var result = ImportedRows(file: file, scoreName: table.header[score])
    result.folders = ["images", "kadid10k/images", ""]
    for row in table.rows.indices {
      let deviation = try variance.map { column throws(TableError) in
        try table.number(row, column)
      }
      result.rows.append(
        ImportedRow(
          name: table.text(row, name), score: table.text(row, score),
          value: try table.number(row, score),
          deviation: deviation.map { "\(max(0, $0).squareRoot())" } ?? "",
          group: table.text(row, reference)))
    }
    result.notices.append(
      .note("dmos of KADID-10k is better when higher; split it by the column group"))
    return result
  }
}
