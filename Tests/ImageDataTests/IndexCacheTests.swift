import Foundation
import ImageData
import Labels
import Tables
import TestSupport
import Testing

/// A kept index is that of the same names, labels and options, or it is not used.
@Suite struct IndexCacheTests {
  private let folder: ScratchDirectory
  private var cache: String { folder.file("cache") }

  init() throws {
    folder = try ScratchDirectory()
    for number in 0..<4 { try folder.write("p/\(number).ppm", ppm(height: 2, width: 2 + number)) }
  }

  private func table(_ scores: [String]) throws -> String {
    let rows = scores.enumerated().map { "p/\($0).ppm,\($1)\n" }.joined()
    return try folder.write("t.csv", text: "path,mos\n" + rows)
  }

  private func open(
    _ source: String, _ change: (inout IndexBuilder) -> Void = { _ in }
  ) throws -> OpenedIndex {
    var builder = IndexBuilder()
    change(&builder)
    let opened = try builder.open(source, cacheDirectory: cache, world: nil)
    try opened.keep(world: nil)
    return opened
  }

  private var keptCount: Int {
    (try? FileManager.default.contentsOfDirectory(atPath: cache).count) ?? 0
  }

  @Test("nothing is kept before it is asked for; then sizes are read from what was kept")
  func keeping() throws {
    let source = try table(["1", "2"])
    let opened = try IndexBuilder().open(source, cacheDirectory: cache, world: nil)
    #expect(opened.wasBuilt && keptCount == 0)
    try opened.keep(world: nil)
    #expect(keptCount == 1)
    let again = try open(source)
    #expect(!again.wasBuilt && again.index == opened.index && again.warnings == opened.warnings)
    #expect(try IndexBuilder().open(source, world: nil).wasBuilt)
    let blocked = try IndexBuilder().open(
      source, cacheDirectory: folder.file("p/0.ppm/x"), world: nil)
    #expect(throws: DataError.self) { try blocked.keep(world: nil) }
  }

  @Test("a corrected table is read, and the first one again when it comes back")
  func correctedTable() throws {
    #expect(try open(table(["1", "2"])).index.samples.map(\.score) == [1, 2])
    let corrected = try open(table(["1", "3"]))
    #expect(corrected.wasBuilt && corrected.index.samples.map(\.score) == [1, 3])
    let first = try open(table(["1", "2"]))
    #expect(!first.wasBuilt && first.index.samples.map(\.score) == [1, 2])
    #expect(keptCount == 2)
  }

  @Test("other classes, columns, splits, roots and decoding are other indices")
  func options() throws {
    let source = try folder.write(
      "t.csv", text: "path,mos,label,split\np/0.ppm,1,a,train\np/1.ppm,2,b,val\n")
    var scores: [String] = []
    for change: (inout IndexBuilder) -> Void in [
      { _ in }, { $0.kind = .classes }, { ($0.kind, $0.classReading) = (.classes, .names) },
      { $0.split = .train }, { $0.split = .validation }, { $0.imageRoot = self.folder.path + "/" },
      { $0.targets = ["label"] }, { $0.options.orientation = .apply },
      { $0.columns = ColumnNames(["mos=mos"])! },
    ] {
      let opened = try open(source, change)
      scores.append("\(opened.wasBuilt): \(opened.index.samples.map(\.target))")
      let again = try open(source, change)
      #expect(!again.wasBuilt && again.index == opened.index)
    }
    // What reads the same rows alike may share an index: names as names, the root with a slash.
    #expect(
      scores.map { $0.hasPrefix("true") } == [
        true, true, false, true, true, false, false, true, false,
      ])
  }

  @Test("files that come, go or change their length are noticed")
  func files() throws {
    let source = try table(["1", "2", "3", "4", "5"])
    let first = try open(source)
    #expect(first.index.excluded.map(\.path) == ["p/4.ppm"])
    #expect(first.warnings.joined().contains("1 of 5 files are unusable and left out"))
    #expect(try open(source).warnings == first.warnings)
    try folder.write("p/4.ppm", ppm(height: 2, width: 9))
    let complete = try open(source)
    #expect(complete.wasBuilt && complete.index.count == 5)
    try folder.write("p/1.ppm", ppm(height: 5, width: 5))
    let replaced = try open(source)
    #expect(replaced.wasBuilt && replaced.index[1].height == 5)
    try FileManager.default.removeItem(atPath: folder.file("p/2.ppm"))
    let gone = try open(source)
    #expect(gone.wasBuilt && gone.index.excluded.map(\.path) == ["p/2.ppm"])
  }

  @Test("one file in a thousand that is gone keeps its place: a run that goes on has the same ids")
  func goneFile() throws {
    let rows = [String](repeating: "p/0.ppm,1\n", count: 999).joined()
    let source = try folder.write("t.csv", text: "path,mos\n\(rows)p/1.ppm,2\n")
    let first = try open(source)
    try FileManager.default.removeItem(atPath: folder.file("p/1.ppm"))
    let second = try open(source)
    #expect(!second.wasBuilt && second.index == first.index && second.index.count == 1000)
  }

  @Test("a folder with another file is another set")
  func folders() throws {
    let set = folder.file("set")
    try folder.write("set/a/1.ppm", ppm(height: 2, width: 2))
    #expect(try open(set).index.count == 1)
    try folder.write("set/a/0.ppm", ppm(height: 2, width: 2))
    #expect(try open(set).index.samples.map(\.path) == ["a/0.ppm", "a/1.ppm"])
    #expect(try !open(set).wasBuilt)
  }

  @Test("a kept index that is damaged or of another version is made anew")
  func damage() throws {
    let source = try table(["1", "2"])
    _ = try open(source)
    let name = try #require(FileManager.default.contentsOfDirectory(atPath: cache).first)
    for text in ["", "musiq-index 1\nroot\t/\n", "path,mos\n"] {
      try folder.write("cache/\(name)", text: text)
      #expect(try open(source).wasBuilt)
      #expect(try !open(source).wasBuilt)
    }
  }
}
