import DatasetReaders
import Foundation
import Tables
import TestSupport
import Testing

/// A copy of one of the sets in Tests/Fixtures/iqa, to be filled with images.
final class ImportFixture {
  let folder: ScratchDirectory
  var root: String { "\(folder.path)/set" }

  init(_ name: String) throws {
    folder = try ScratchDirectory()
    try FileManager.default.copyItem(
      atPath: Golden.fixtures.appendingPathComponent("iqa/\(name)").path,
      toPath: "\(folder.path)/set")
  }

  /// Makes empty files: an import looks at names only.
  func touch(_ names: [String], in images: String = "") throws {
    for name in names {
      try folder.write("set/" + (images.isEmpty ? name : "\(images)/\(name)"), [])
    }
  }

  /// Replaces a file of the set.
  func write(_ name: String, _ text: String) throws { try folder.write("set/\(name)", text: text) }

  func text(_ name: String) throws -> String {
    try String(contentsOfFile: "\(root)/\(name)", encoding: .utf8)
  }

  struct Outcome {
    var manifest: ImportedManifest
    var said: [ImportNotice]
    var table: TextTable { manifest.table }

    /// A column by its name.
    func column(_ name: String) throws -> [String] {
      let place = try #require(table.header.firstIndex(of: name))
      return table.rows.map { $0[place] }
    }

    func counts() -> [Int] { manifest.splitCounts?.map(\.count) ?? [] }
    func says(_ text: String) -> Bool { said.contains { "\($0)".contains(text) } }
  }

  func run(
    _ kind: DatasetKind, _ change: (inout ImportRequest) -> Void = { _ in }
  ) throws -> Outcome {
    var request = ImportRequest(kind: kind, root: root)
    change(&request)
    var said: [ImportNotice] = []
    let manifest = try DatasetImport(request).run { said.append($0) }
    return Outcome(manifest: manifest, said: said)
  }

  /// What an import refuses; nil if it does not.
  func refusal(
    _ kind: DatasetKind, _ change: (inout ImportRequest) -> Void = { _ in }
  ) throws -> ImportError? {
    do {
      _ = try run(kind, change)
      return nil
    } catch let error as ImportError {
      return error
    }
  }

  /// The error of an import, in words; empty if there is none.
  func failure(
    _ kind: DatasetKind, _ change: (inout ImportRequest) -> Void = { _ in }
  ) -> String {
    do {
      _ = try run(kind, change)
      return ""
    } catch {
      return error is ImportError || error is TableError ? "\(error)" : "untyped: \(error)"
    }
  }
}

/// The names that `generate.py` gives to images.
let koniqNames = (0..<12).map { "\(10_004_473_376 + 31 * $0).jpg" }
let spaqNames = (1...12).map { ($0 < 10 ? "0000" : "000") + "\($0).jpg" }
let avaNames = (0..<12).map { "\(953619 + $0).jpg" }
let kadidNames = (0..<12).map { "I0\($0 / 4 + 1)_01_0\($0 % 4 + 1).png" }
