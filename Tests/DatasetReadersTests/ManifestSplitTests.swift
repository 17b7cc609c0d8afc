import DatasetReaders
import Labels
import Tables
import Tensors
import Testing

@Suite struct ManifestSplitTests {
  private func table(_ rows: Int, group: (Int) -> String = { _ in "" }) -> TextTable {
    TextTable(
      header: ["path", "mos", "group"], rows: (0..<rows).map { ["\($0).jpg", "1", group($0)] })
  }

  private func ratio(_ text: String) throws -> SplitRatio { try #require(SplitRatio(text)) }

  @Test("ratios have names as in pyiqa; what is no ratio is refused")
  func ratios() throws {
    for (text, name) in [
      ("8:0:2", "802"), ("8:1:1", "811"), ("80:10:10", "811"), ("0.8:0.1:0.1", "811"),
      ("6:2:2", "622"), ("8:2", "820"), ("1:0:0", "10-0-0"), ("17:1:2", "17-1-2"),
    ] { #expect(try ratio(text).name == name, "\(text)") }
    for text in ["8", "8:1:1:1", "a:1:1", "-1:1:1", "0:1:1", "0:0:0", "8::2", "", "inf:1:1"] {
      #expect(SplitRatio(text) == nil, "\(text)")
    }
  }

  @Test("parts are exact to rounding for every number of rows")
  func exact() throws {
    for text in ["8:1:1", "8:0:2", "6:2:2", "7:1:2"] {
      let ratio = try ratio(text)
      for rows in 10...60 {
        var manifest = table(rows)
        let split = ManifestSplit(ratio: ratio, seed: 3)
        let summary = try split.apply(to: &manifest)[0]
        #expect(summary.rows.reduce(0, +) == rows)
        let sum = Double(ratio.shares.reduce(0, +))
        for (count, part) in zip(summary.rows, ratio.shares) {
          #expect(abs(Double(count) - Double(rows * part) / sum) < 1, "\(text) \(rows)")
        }
        if text == "8:0:2" { #expect(summary.rows[1] == 0) }
      }
    }
  }

  @Test("the rows of a group are in one part, whatever the sizes of groups")
  func groups() throws {
    var random = RandomStream(seed: 4, purpose: .test)
    for trial in 0..<20 {
      let names = (0..<300).map { _ in "g\(random.integer(below: 20 + trial))" }
      var manifest = table(300) { names[$0] }
      let split = ManifestSplit(
        ratio: try ratio("6:2:2"), seed: UInt64(trial), count: 3, groupColumn: "group")
      let summaries = try split.apply(to: &manifest)
      #expect(summaries.map(\.column) == (1...3).map { "ratio622_seed\(trial)_split_0\($0)" })
      let checked = try Manifest(manifest)
      #expect(checked.splitColumns == [3, 4, 5])
      #expect(checked.contradictions().isEmpty)
      #expect(manifest.rows.map { $0[3] } != manifest.rows.map { $0[4] })
    }
    var equal = table(81 * 125) { "I\($0 / 125)" }
    let split = ManifestSplit(ratio: try ratio("8:0:2"), seed: 1, groupColumn: "group")
    let summary = try split.apply(to: &equal)[0]
    #expect(summary.rows == [65 * 125, 0, 16 * 125] && summary.groups == 81)
  }

  @Test("the same parts again, for any order of rows; others for another seed")
  func deterministic() throws {
    func parts(_ manifest: TextTable, seed: UInt64) throws -> [String: String] {
      var manifest = manifest
      _ = try ManifestSplit(ratio: try ratio("8:1:1"), seed: seed).apply(to: &manifest)
      return Dictionary(uniqueKeysWithValues: manifest.rows.map { ($0[0], $0[3]) })
    }
    let manifest = table(200)
    let reversed = TextTable(header: manifest.header, rows: manifest.rows.reversed())
    #expect(try parts(manifest, seed: 123) == parts(reversed, seed: 123))
    #expect(try parts(manifest, seed: 123) != parts(manifest, seed: 124))
    // Written down: users compare results by these splits.
    let test = try parts(table(20), seed: 123).filter { $0.value == "test" }.keys.sorted()
    #expect(test == ["10.jpg", "9.jpg"])
  }

  @Test("a column of a split is replaced when asked to, under its own name, and else refused")
  func replacement() throws {
    let table = TextTable(
      path: "m.csv", header: ["path", "Split", "mos"],
      rows: (0..<40).map { ["\($0)", "test", "1"] })
    var manifest = table
    var split = ManifestSplit(ratio: try ratio("8:2"), seed: 1)
    #expect(throws: ImportError.splitExists(path: "m.csv", columns: ["Split"])) {
      try split.apply(to: &manifest)
    }
    #expect(manifest == table)
    split.replaces = true
    #expect(try split.apply(to: &manifest)[0].column == "Split")
    #expect(manifest.header == ["path", "Split", "mos"])
    #expect(manifest.rows.count { $0[1] == "train" } == 32)
    manifest.set("other", [String](repeating: "", count: 40))
    var twice = TextTable(header: ["path", "Split", "split"], rows: [["a", "", ""]])
    #expect(throws: ImportError.splitExists(path: "", columns: ["Split", "split"])) {
      try split.apply(to: &twice)
    }
  }

  @Test("a path twice is one group, however it is written; empty parts are refused")
  func edges() throws {
    var manifest = TextTable(
      header: ["path", "mos"],
      rows: (0..<40).map { [$0 % 2 == 0 ? "p/\($0 / 2)" : "./p//\($0 / 2)", "1"] })
    _ = try ManifestSplit(ratio: try ratio("5:3:2"), seed: 1).apply(to: &manifest)
    #expect(manifest.header == ["path", "mos", "split"])
    for row in stride(from: 0, to: 40, by: 2) {
      #expect(manifest.rows[row][2] == manifest.rows[row + 1][2])
    }
    var small = table(3) { _ in "one" }
    let split = ManifestSplit(ratio: try ratio("8:1:1"), seed: 1, groupColumn: "group")
    let empty = ImportError.emptySplit(
      path: small.path, column: "split", split: .validation, reason: "1 group is too few",
      isGrouped: true)
    #expect(throws: empty) { try split.apply(to: &small) }
    var nameless = TextTable(header: ["mos"], rows: [["1"]])
    #expect(throws: ImportError.noPaths(path: "", found: "mos")) { try split.apply(to: &nameless) }
    var groupless = TextTable(header: ["path"], rows: [["1"]])
    #expect(throws: TableError.self) { try split.apply(to: &groupless) }
  }
}
