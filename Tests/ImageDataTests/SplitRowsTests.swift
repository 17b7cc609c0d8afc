import DatasetReaders
import Foundation
import ImageData
import Labels
import Tables
import TestSupport
import Testing

@Suite struct SplitRowsTests {
  /// A manifest with one tiny image per row; rows are `group,split columns…`.
  private func manifest(
    _ folder: ScratchDirectory, header: String, rows: [String], order: [Int]? = nil
  ) throws -> String {
    let lines = rows.enumerated().map { "\($0).ppm,\($0 + 1),\($1)" }
    for row in rows.indices { try folder.write("\(row).ppm", ppm(height: 2, width: 2)) }
    let sorted = (order ?? Array(lines.indices)).map { lines[$0] }
    return try folder.write(
      "m.csv", text: (["path,mos,\(header)"] + sorted).joined(separator: "\n"))
  }

  private func names(
    _ source: String, _ part: DataSplit, _ change: (inout SplitConfiguration) -> Void = { _ in }
  ) throws -> [String] {
    var builder = IndexBuilder(split: part)
    change(&builder.splitRules)
    return try builder.open(source, world: nil).index.samples.map(\.path)
  }

  private func problem(
    _ source: String, _ part: DataSplit, _ change: (inout SplitConfiguration) -> Void = { _ in }
  ) -> String {
    do {
      _ = try names(source, part, change)
      return ""
    } catch { return "\(error)" }
  }

  @Test("words of a column, numbered columns, and test rows where none are for validation")
  func words() throws {
    let folder = try ScratchDirectory()
    let source = try manifest(
      folder, header: "Split,ratio802_seed123_split_01",
      rows: ["train,test", "val,train", "training,0", "test,2"])
    #expect(try names(source, .train) == ["0.ppm", "2.ppm"])
    #expect(try names(source, .validation) == ["1.ppm"])
    #expect(try names(source, .validation) { $0.validation = "test" } == ["3.ppm"])
    let column = "ratio802_seed123_split_01"
    #expect(try names(source, .train) { $0.column = column } == ["1.ppm", "2.ppm"])
    #expect(try names(source, .validation) { $0.column = column } == ["0.ppm", "3.ppm"])
    // Any word of one's own.
    #expect(
      try names(source, .train) { rules in
        rules.column = column
        rules.train = "TEST"
      } == ["0.ppm", "3.ppm"])
    let unknown = problem(source, .validation) { $0.validation = "holdout" }
    #expect(unknown.contains("no row of the column 'split' says 'holdout'"))
    #expect(unknown.contains("test (1 rows), train (1 rows)"), "\(unknown)")
    #expect(unknown.contains("data.split.validation"))
    let missing = problem(source, .train) { $0.column = "fold" }
    #expect(
      missing.contains("no column 'fold' as data.split.column says; there are path, mos, split"))
  }

  @Test(
    "by ratio: every row in one part, whatever the order of rows; another seed divides otherwise")
  func ratio() throws {
    let folder = try ScratchDirectory()
    let rows = [String](repeating: "x", count: 20)
    let source = try manifest(folder, header: "extra", rows: rows)
    let (train, held) = (try names(source, .train), try names(source, .validation))
    #expect(train.count == 16 && held.count == 4)
    #expect(Set(train + held).count == 20)
    #expect(try names(source, .train) { $0.seed = 1 } != train)
    let three = try names(source, .train) { $0.ratio = [3, 1, 1] }
    let middle = try names(source, .validation) { $0.ratio = [3, 1, 1] }
    #expect(three.count == 12 && middle.count == 4 && Set(three + middle).count == 16)
    _ = try manifest(folder, header: "extra", rows: rows, order: (0..<20).reversed())
    #expect(try Set(names(source, .train)) == Set(train))
    #expect(
      problem(source, .validation) { $0.ratio = [1000, 1] }.contains(
        "20 images are too few: validation would be empty by ratio 1000:1; set another"))
    #expect(
      problem(source, .test).contains("no rows for test: data.split.ratio is 8:2"))
    let note = try IndexBuilder(split: .train).open(source, world: nil).notes.joined()
    #expect(note.contains("16 of 20 rows by ratio 8:2 with seed 0; there is no column 'split'"))
  }

  @Test("the same rows as the split that is written into a manifest")
  func asWritten() throws {
    let folder = try ScratchDirectory()
    for header in ["extra", "group"] {
      let source = try manifest(folder, header: header, rows: (0..<40).map { "s\($0 / 3 % 9)" })
      for (text, ratio) in [("8:2", [8.0, 2]), ("6:2:2", [6, 2, 2])] {
        for seed in [0, 7] as [UInt64] {
          var table = try TextTable(file: source)
          let shares = try #require(SplitRatio(text))
          let group = header == "group" ? "group" : nil
          _ = try ManifestSplit(ratio: shares, seed: seed, groupColumn: group).apply(to: &table)
          let column = try #require(table.column("split"))
          for part in [DataSplit.train, .validation] {
            let own = try names(source, part) { ($0.ratio, $0.seed) = (ratio, seed) }
            #expect(own == table.rows.filter { $0[column] == part.rawValue }.map { $0[0] })
          }
        }
      }
    }
  }

  @Test("groups stay together; one group cannot be divided")
  func groups() throws {
    let folder = try ScratchDirectory()
    let source = try manifest(folder, header: "group", rows: (0..<30).map { "scene \($0 / 3)" })
    let train = try names(source, .train).compactMap { Int($0.dropLast(4)) }
    #expect(train.count == 24)
    #expect(Set(train.map { $0 / 3 }).count == 8)
    let single = try manifest(folder, header: "group", rows: ["a", "a"])
    #expect(problem(single, .train).contains("1 group is too few: validation would be empty"))
  }

  @Test("repeats count the seed and a numbered column on")
  func repetition() {
    var rules = SplitConfiguration()
    rules.column = "ratio802_seed123_split_09"
    rules.seed = 5
    #expect(rules.repetition(0) == rules)
    #expect(rules.repetition(1).column == "ratio802_seed123_split_10")
    #expect(rules.repetition(1).seed == 6)
    rules.column = "split"
    #expect(rules.repetition(3).column == "split")
  }

  @Test("named columns: one score, attributes, ratings; wrong names are listed")
  func targets() throws {
    let folder = try ScratchDirectory()
    try folder.write("a.ppm", ppm(height: 2, width: 2))
    let source = try folder.write(
      "t.csv", text: "path,mos,Sharpness,c1,c2,label\na.ppm,3,7.5,1,3,cat\n")
    func open(_ targets: [String], prefer: LabelKind? = nil) throws -> SampleIndex {
      var builder = IndexBuilder()
      builder.targets = targets
      builder.preferredKind = prefer
      return try builder.open(source, world: nil).index
    }
    #expect(try open(["sharpness"]).samples[0].target == .score(7.5))
    let attributes = try open(["mos", "sharpness"])
    #expect(attributes.kind == .attributes && attributes.classNames == ["mos", "sharpness"])
    #expect(attributes.samples[0].target == .attributes([3, 7.5]))
    #expect(try SampleIndex.parsed(attributes) == attributes)
    #expect(try open(["c1", "c2"]).samples[0].target == .ratings([0.25, 0.75]))
    #expect(try open(["label"]).kind == .classes)
    #expect(try open([], prefer: .ratings).kind == .ratings)
    #expect(try open([]).kind == .score)
    do {
      _ = try open(["contrast"])
      Issue.record("expected an error")
    } catch {
      #expect(
        "\(error)".contains(
          "no column 'contrast' as data.targets says; there are path, mos, Sharpness"))
    }
  }

  @Test("what is kept of a manifest is that of its columns and rows")
  func cache() throws {
    let folder = try ScratchDirectory()
    let source = try manifest(
      folder, header: "brightness", rows: (0..<20).map { "\(40 - $0)" })
    let cache = folder.file("cache")
    var built = 0
    for targets in [[], ["brightness"]] {
      for split in [DataSplit.train, .validation] {
        for seed in [0, 1] as [UInt64] {
          var builder = IndexBuilder(split: split)
          builder.targets = targets
          builder.splitRules.seed = seed
          let opened = try builder.open(source, cacheDirectory: cache, world: nil)
          built += opened.wasBuilt ? 1 : 0
          try opened.keep(world: nil)
          #expect(try opened.index == builder.open(source, world: nil).index)
          let again = try builder.open(source, cacheDirectory: cache, world: nil)
          #expect(!again.wasBuilt && again.index == opened.index)
        }
      }
    }
    #expect(built == 8)
  }
}

extension SampleIndex {
  /// Written and read again.
  fileprivate static func parsed(_ index: SampleIndex) throws -> SampleIndex {
    let folder = try ScratchDirectory()
    try index.write(to: "\(folder.path)/x.index")
    return try SampleIndex(file: "\(folder.path)/x.index")
  }
}
