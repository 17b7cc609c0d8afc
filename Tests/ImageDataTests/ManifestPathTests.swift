import Foundation
import ImageData
import Tables
import TestSupport
import Testing

@Suite struct ManifestPathTests {
  private let folder: ScratchDirectory

  init() throws { folder = try ScratchDirectory() }

  private func paths(_ names: [String], root: String? = nil, table: String = "t.csv") throws
    -> [String]
  {
    let rows = names.map { "\"\($0)\",1\n" }.joined()
    let manifest = try folder.write(table, text: "path,mos\n" + rows)
    return try IndexBuilder(imageRoot: root).open(manifest, world: nil).index.samples.map(\.path)
  }

  @Test(
    "absolute paths below folders of any name",
    arguments: ["plain", "données", "图片数据库文件夹", "e\u{301}"])
  func absolute(name: String) throws {
    try folder.write("\(name)/bild.ppm", ppm(height: 2, width: 2))
    let path = folder.file("\(name)/bild.ppm")
    #expect(try paths([path], table: "\(name)/t.csv") == ["bild.ppm"])
    #expect(try paths([path]) == ["\(name)/bild.ppm"])
    for root in ["/", folder.path + "//", folder.file("\(name)/../\(name)"), folder.file(name)] {
      let below = try paths([path], root: root)
      #expect(below.count == 1 && path.hasSuffix(below[0]), "\(root)")
    }
  }

  @Test("a root that is a link holds what its target holds")
  func linkedRoot() throws {
    try folder.write("d/a.ppm", ppm(height: 2, width: 2))
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("link"), withDestinationPath: folder.file("d"))
    #expect(try paths([folder.file("d/a.ppm")], root: folder.file("link")) == ["a.ppm"])
  }

  @Test("forms of one path are one path, Unicode forms are two files")
  func forms() throws {
    try folder.write("p/a.ppm", ppm(height: 2, width: 2))
    try folder.write("p/e\u{301}.ppm", ppm(height: 2, width: 3))
    try folder.write("p/\u{E9}.ppm", ppm(height: 2, width: 4))
    #expect(
      try paths(["p/a.ppm", "./p/a.ppm", "p//a.ppm", "p/./a.ppm"])
        == .init(repeating: "p/a.ppm", count: 4))
    let forms = try paths(["p/e\u{301}.ppm", "p/\u{E9}.ppm"])
    #expect(forms.map { Array($0.utf8).count } == [9, 8])
  }

  @Test("images in several rows are counted, and those that contradict themselves")
  func repeats() throws {
    for name in ["a", "b"] { try folder.write("\(name).ppm", ppm(height: 2, width: 2)) }
    func warnings(_ rows: String) throws -> [String] {
      let manifest = try folder.write("t.csv", text: "path,label\n" + rows)
      return try IndexBuilder().open(manifest, world: nil).warnings
    }
    #expect(try warnings("a.ppm,0\nb.ppm,1\n") == [])
    let words = try warnings("a.ppm,0\n./a.ppm,0\nb.ppm,1\n.//a.ppm,1\n")
    #expect(
      words == [
        "2 of 4 rows name an image again, 1 of them with another label, the first is 'a.ppm'; each row "
          + "counts as one image"
      ])
  }

  @Test(
    "a table cannot leave its root",
    arguments: ["../x", "p/../../x", "/etc/passwd", ".", "..", "/", "p/.."])
  func outside(path: String) throws {
    let found = #expect(throws: DataError.self) { try paths([path]) }
    #expect(found?.description.contains("'\(path)' lies outside '\(folder.path)'") == true)
  }

  @Test("other names for columns are used by tables of any kind, also for the split")
  func columns() throws {
    for name in ["a", "b"] { try folder.write("\(name).ppm", ppm(height: 2, width: 2)) }
    let manifest = try folder.write(
      "t.csv", text: "filename,mos,rating,part\na.ppm,1,7,train\nb.ppm,2,8,test\n")
    var builder = IndexBuilder(split: .train)
    builder.columns = try #require(ColumnNames(["mos=rating", "split=part"]))
    let index = try builder.open(manifest, world: nil).index
    #expect(index.samples.map(\.score) == [7] && index.samples[0].path == "a.ppm")
    builder.columns = try #require(ColumnNames(["path=file"]))
    let found = #expect(throws: DataError.self) { try builder.open(manifest, world: nil) }
    #expect(
      found?.description
        == "\(manifest):1: no column 'file', which is to be read as 'path'; there are filename, mos, "
        + "rating, part")
    let nameless = try folder.write("n.csv", text: "bild,note\na.ppm,1\n")
    let missing = #expect(throws: DataError.self) { try IndexBuilder().open(nameless, world: nil) }
    #expect(missing?.description.hasSuffix("say so with data.columns: [path=…]") == true)
  }
}
