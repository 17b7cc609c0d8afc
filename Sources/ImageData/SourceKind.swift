// What a file is that is given as a data set, by its name and first bytes.

import Files
import Tables

/// What is found where a data set is expected.
public enum SourceKind: Codable, Equatable, Sendable {
  /// A folder of class folders.
  case folder
  /// A table of comma-separated values.
  case manifest
  /// An index of some version.
  case index
  /// Files in one file: `a tar archive`.
  case archive(String)
  /// An .xlsx file.
  case workbook
  /// Something known that holds no labels: `a JPEG image`.
  case other(String)
  /// Text whose name ends neither in .csv nor in .tsv.
  case text
  /// Nothing that is known.
  case unknown

  /// Looks at a file or folder.
  init(_ path: String) throws(FileError) {
    guard try FileStatus(path).kind != .directory else {
      self = .folder
      return
    }
    let start = try RegularFile(path).read(first: 1024)
    if let found = Self.container(start) {
      self = found
    } else if IndexBuilder.isManifest(path) {
      self = .manifest
    } else if start.starts(with: IndexText.noun.utf8) {
      self = .index
    } else {
      // The last character may be cut.
      let isText =
        !start.isEmpty && !start.contains(0)
        && (0..<4).contains { String(validating: start.dropLast($0), as: UTF8.self) != nil }
      self = isText ? .text : .unknown
    }
  }

  /// What is told by its first bytes, whatever its name says.
  private static func container(_ bytes: [UInt8]) -> SourceKind? {
    func has(_ text: String, at place: Int = 0) -> Bool {
      bytes.dropFirst(place).starts(with: text.utf8)
    }
    if has("ustar", at: 257) { return .archive("a tar archive") }
    if has("PK\u{3}\u{4}") {
      // The first part of a workbook is one of these.
      let head = String(decoding: bytes.prefix(64), as: UTF8.self)
      let isBook = ["[Content_Types].xml", "xl/", "_rels/", "docProps/"].contains {
        head.contains($0)
      }
      return isBook ? .workbook : .archive("a zip archive")
    }
    for (start, name) in [
      ([0x1F, 0x8B], "a gzip file"), ([0x42, 0x5A, 0x68], "a bzip2 file"),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "an xz file"),
      ([0x28, 0xB5, 0x2F, 0xFD], "a Zstandard file"),
      ([0x37, 0x7A, 0xBC, 0xAF], "a 7z archive"), ([0x52, 0x61, 0x72, 0x21], "a RAR archive"),
    ] as [([UInt8], String)] where bytes.starts(with: start) { return .archive(name) }
    for (start, name) in [
      ([0x89, 0x48, 0x44, 0x46], "an HDF5 file"), ([0x93, 0x4E, 0x55, 0x4D], "a NumPy array"),
      ([0xFF, 0xD8, 0xFF], "a JPEG image"), ([0x89, 0x50, 0x4E, 0x47], "a PNG image"),
    ] as [([UInt8], String)] where bytes.starts(with: start) { return .other(name) }
    if has("PAR1") { return .other("a Parquet file") }
    if has("SQLite format 3") { return .other("an SQLite data base") }
    return nil
  }
}
