// PaQ-2-PiQ, also FLIVE (Ying et al. 2020): labels of images, of three patches of each, and of the
// test set of larger images.
//
//   labels_image.csv          name,mos for all images
//   labels640.csv             the test set: mos_image,name_image and three patches, 30 columns
//   labels<=640_padded.csv    the rest (also labels=640_padded.csv): name_image, is_valid and more
//   labels_patch.csv          name,mos of patches/<image>_patch_<1, 2, 3>.jpg

import Foundation
import Labels
import Tables

struct PaQ2PiQReader: DatasetReader {
  func read(_ request: ImportRequest) throws -> ImportedRows {
    let file = try request.labelFile(
      ["labels_image.csv", "labels640.csv", "labels_patch.csv"])
    let table = try TextTable(file: file)
    let isWide = table.column("name_image") != nil
    let name = try table.required("name_image", "name")
    let score = try table.required(
      request.scoreColumn ?? (isWide ? "mos_image" : "mos"), "mos_image")
    let patches = (1...3).compactMap { table.column("mos_patch_\($0)") }
    let further = request.includesAttributes ? patches : []
    let official = try OfficialSplit(request, except: isWide ? file : nil)
    let isPatches = table.rows.contains { Self.image(ofPatch: $0[name].trimmed) != nil }
    var result = ImportedRows(file: file, scoreName: table.header[score])
    result.furtherColumns = further.map { table.header[$0] }
    result.folders =
      isPatches ? ["", "patches", "database", "database/patches"] : ["", "database", "images"]
    var zeros: [String] = []
    for row in table.rows.indices {
      let image = table.text(row, name)
      let value = try table.number(row, score)
      if value == 0 { zeros.append(image) }
      let whole = Self.image(ofPatch: image)
      result.rows.append(
        ImportedRow(
          name: image, score: table.text(row, score), value: value,
          split: isWide ? .test : official.split(of: whole ?? image), group: whole ?? "",
          further: further.map { table.text(row, $0) }))
    }
    result.notices += official.notes.map(ImportNotice.note)
    if !zeros.isEmpty {
      let warning =
        "mos is exactly 0 for \(zeros.prefix(3).joined(separator: ", "))"
        + (zeros.count > 3 ? " and \(zeros.count - 3) more" : "")
        + ": probably not a judgment; remove the row if you do not trust it"
      result.notices.append(.warning(warning))
    }
    return result
  }

  /// `voc/a` of `patches/voc/a_patch_2.jpg`, by which patches of one image stay together.
  static func image(ofPatch name: String) -> String? {
    guard let mark = name.range(of: "_patch_", options: .backwards) else { return nil }
    let image = name[..<mark.lowerBound]
    return String(image.hasPrefix("patches/") ? image.dropFirst(8) : image)
  }
}

/// The splits of the set, from the files beside the labels.
private struct OfficialSplit {
  private var splits: [String: DataSplit] = [:]
  private(set) var notes: [String] = []
  private let isKnown: Bool

  init(_ request: ImportRequest, except labels: String?) throws(TableError) {
    let testFile = labels == nil ? request.file(["labels640.csv"]) : nil
    isKnown = testFile != nil
    guard let testFile else {
      if labels == nil {
        notes.append("labels640.csv, the test set, is not beside the labels: no column split")
      }
      return
    }
    let test = try TextTable(file: testFile)
    let testName = try test.required("name_image")
    for row in test.rows.indices { splits[Self.key(test.text(row, testName))] = .test }
    notes.append("test: the \(test.rows.count) images of labels640.csv; train: the others")
    let padded = request.file(["labels<=640_padded.csv", "labels=640_padded.csv"])
    guard let padded else {
      notes.append("no labels<=640_padded.csv with is_valid: there is no validation split")
      return
    }
    let rest = try TextTable(file: padded)
    let name = try rest.required("name_image")
    guard let isValid = rest.column("is_valid") else {
      notes.append("\(padded) has no column is_valid: there is no validation split")
      return
    }
    for row in rest.rows.indices
    where ["true", "1", "1.0"].contains(rest.text(row, isValid).lowercased()) {
      let key = Self.key(rest.text(row, name))
      if splits[key] == nil { splits[key] = .validation }
    }
    notes.append("validation: is_valid of \(padded)")
  }

  func split(of name: String) -> DataSplit? { isKnown ? splits[Self.key(name)] ?? .train : nil }

  /// The files do not agree on folders and endings; base names are unique.
  private static func key(_ name: String) -> String {
    let base = name.split(separator: "/").last ?? ""
    return String(base.lastIndex(of: ".").map { base[..<$0] } ?? base)
  }
}
