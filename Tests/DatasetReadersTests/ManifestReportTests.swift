import DatasetReaders
import Tables
import Testing

@Suite struct ManifestReportTests {
  @Test("labels, ratings, parts and groups in words")
  func report() throws {
    let table = TextTable(
      path: "m.csv", header: ["path", "mos", "split", "group", "c1", "c2"],
      rows: [
        ["a", "1", "train", "x", "1", "3"], ["b", "3", "0", "x", "1", "3"],
        ["c", "5", "val", "y", "2", "2"],
      ])
    let lines = try Manifest(table).report()
    #expect(lines[0] == "m.csv: 3 rows, digest \(table.digest)")
    #expect(lines[1] == "mos: n 3, unique 3, mean 3")
    #expect(
      lines.suffix(3) == [
        "c1 to c2: shares 0.33333 0.66667", "split: train 2, validation 1, test 0",
        "group: 2 groups",
      ])
    #expect(try Manifest(table).contradictions().isEmpty)
  }

  @Test("paths twice and groups in several parts are found, in numbered splits, too")
  func contradictions() throws {
    let table = TextTable(
      header: ["path", "mos", "group", "split", "ratio802_seed1_split_01"],
      rows: [
        ["a", "1", "x", "train", "0"], ["b", "1", "x", "test", "0"], ["a", "1", "y", "train", "2"],
        ["d", "1", "y", "train", "0"], ["e", "1", "", "train", "0"], ["f", "1", "", "test", "0"],
      ])
    let found = try Manifest(table).contradictions()
    #expect(
      found == [
        .repeatedPaths(["a"]), .dividedGroups(["x"], column: "split"),
        .dividedGroups(["y"], column: "ratio802_seed1_split_01"),
      ])
    #expect(found[0].description == "1 paths are there more than once: a")
    #expect(found[1].description == "1 groups are in several parts of split: x")
    let many = ManifestContradiction.repeatedPaths(["a", "b", "c", "d", "e", "f"])
    #expect("\(many)".hasSuffix(": a, b, c, d, e, …"))
  }

  @Test("rows without a score are counted, and the others are described")
  func missing() throws {
    let table = TextTable(
      path: "m.csv", header: ["path", "mos"],
      rows: [["a", "1"], ["b", "NA"], ["c", "3"], ["d", ""]])
    let lines = try Manifest(table).report()
    #expect(lines[1] == "mos: n 2, unique 2, mean 2")
    #expect(lines.last == "warning: 2 rows have no mos, the first is line 3")
  }

  @Test("one file is found under several paths, and a path in several forms")
  func names() throws {
    let table = TextTable(
      header: ["path", "mos"],
      rows: [
        ["p/a", "1"], ["./p/a", "1"], ["p/link", "2"], ["p/e\u{301}", "3"], ["p/\u{E9}", "4"],
      ])
    let manifest = try Manifest(table)
    #expect(manifest.contradictions() == [.repeatedPaths(["p/a"])])
    let found = manifest.contradictions(rowsOfOneFile: [[0, 1, 2]])
    #expect(found == [.repeatedPaths(["p/a"]), .severalNames([["p/a", "p/a", "p/link"]])])
    #expect(
      found[1].description == "1 files are there under several names: p/a = p/a = p/link")
    // Two forms of one row are no second name.
    #expect(manifest.contradictions(rowsOfOneFile: [[0, 1]]) == [.repeatedPaths(["p/a"])])
  }
}
