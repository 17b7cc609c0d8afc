import Foundation
import ImageData
import Labels
import TestSupport
import Testing

@Suite struct SetOverlapTests {
  private let folder: ScratchDirectory

  init() throws { folder = try ScratchDirectory() }

  private func index(_ names: [String], root: String = "") throws -> SampleIndex {
    let rows = names.map { "\($0),1\n" }.joined()
    let manifest = try folder.write("\(root)t\(names.count).csv", text: "path,mos\n" + rows)
    return try IndexBuilder().open(manifest, world: nil).index
  }

  private func check(
    _ training: SampleIndex, _ held: SampleIndex, _ rule: OverlapRule
  ) throws -> String? {
    try SetOverlap.check(training: training, held: held, rule: rule, world: nil)
  }

  @Test("one file is found under its own name, another folder's, a link's and a hard link's")
  func files() throws {
    for name in ["a", "b", "c", "d"] {
      try folder.write(
        "p/\(name).ppm", ppm(height: 4, width: 4, seed: UInt64(name.utf8.first ?? 0)))
    }
    let manager = FileManager.default
    try manager.createSymbolicLink(
      atPath: folder.file("q"), withDestinationPath: folder.file("p"))
    try manager.linkItem(atPath: folder.file("p/b.ppm"), toPath: folder.file("hard.ppm"))
    try manager.copyItem(atPath: folder.file("p/c.ppm"), toPath: folder.file("copy.ppm"))
    let training = try index(["p/a.ppm", "p/b.ppm", "p/c.ppm"])
    let held = try index(["p/d.ppm", "q/a.ppm", "hard.ppm", "copy.ppm", "./p//c.ppm"])
    let pairs = try SetOverlap(training: training, held: held, world: nil).pairs
    #expect(pairs.map(\.held) == [1, 2, 4] && pairs.map(\.training) == [0, 1, 2])
    let found = #expect(throws: DataError.self) { try check(training, held, .files) }
    #expect(
      found
        == .overlap(
          root: folder.path, count: 3, total: 5,
          examples: ["'q/a.ppm' is 'p/a.ppm'", "'hard.ppm' is 'p/b.ppm'", "'p/c.ppm'"]))
    #expect(
      try check(training, held, .allowed)
        == "3 of 5 validation images in '\(folder.path)' are training images, too: 'q/a.ppm' is "
        + "'p/a.ppm', 'hard.ppm' is 'p/b.ppm', 'p/c.ppm'")
    let contents = try SetOverlap(
      training: training, held: held, readsContents: true, world: nil)
    #expect(contents.pairs.map(\.held) == [1, 2, 3, 4])
  }

  @Test("copies count when contents are compared, other images of their size never")
  func contents() throws {
    for (name, seed) in [("a", 1), ("b", 2), ("copy", 1)] as [(String, UInt64)] {
      try folder.write("\(name).ppm", ppm(height: 4, width: 4, seed: seed))
    }
    let training = try index(["a.ppm"])
    let held = try index(["b.ppm", "copy.ppm"])
    #expect(try check(training, held, .files) == nil)
    #expect(throws: DataError.self) { try check(training, held, .contents) }
    // Files that are gone are no error here.
    try FileManager.default.removeItem(atPath: folder.file("copy.ppm"))
    #expect(try check(training, held, .contents) == nil)
  }

  @Test("a table of both sets gives each the rows of its own part")
  func oneTable() throws {
    for number in 0..<6 { try folder.write("\(number).ppm", ppm(height: 2, width: 2)) }
    func paths(_ split: DataSplit, _ column: String, _ words: [String]) throws -> [String] {
      let rows = words.enumerated().map { "\($0).ppm,\($0),\($1)\n" }.joined()
      let table = try folder.write("t.csv", text: "path,mos,\(column)\n" + rows)
      var builder = IndexBuilder(split: split)
      builder.splitIsOptional = true
      return try builder.open(table, world: nil).index.samples.map(\.path)
    }
    let words = ["train", "train", "test", "test", "train", "test"]
    #expect(try paths(.train, "Split", words) == ["0.ppm", "1.ppm", "4.ppm"])
    #expect(try paths(.validation, "Split", words) == ["2.ppm", "3.ppm", "5.ppm"])
    // No column of splits, or one of other words: all rows.
    #expect(try paths(.train, "fold", words).count == 6)
    var named = IndexBuilder(split: .train)
    (named.splitIsOptional, named.splitRules.column) = (true, "part")
    #expect(
      try named.open(folder.file("t.csv"), world: nil).notes == [
        "train: all 6 rows; there is no column 'part', which data.split.column names"
      ])
    #expect(try paths(.train, "split", ["a", "b", "a", "b", "a", "b"]).count == 6)
    #expect(throws: DataError.self) {
      try paths(.validation, "split", [String](repeating: "train", count: 6))
    }
  }
}
