import ImageData
import TestSupport
import Testing

@Suite struct SourceKindTests {
  private let folder: ScratchDirectory

  init() throws { folder = try ScratchDirectory() }

  private func kind(_ name: String, _ bytes: [UInt8]) throws -> SourceKind? {
    let path = try folder.write(name, bytes)
    do {
      _ = try IndexBuilder().open(path, world: nil)
      return nil
    } catch DataError.source(path, let found) { return found }
  }

  @Test("a file that is no data set is called what it is, whatever its name says")
  func files() throws {
    let tar =
      Array("n01/1.jpg".utf8) + [UInt8](repeating: 0, count: 248) + Array("ustar\u{0}00".utf8)
      + [UInt8](repeating: 0, count: 700)
    #expect(try kind("train.tar", tar) == .archive("a tar archive"))
    #expect(try kind("train.csv", tar) == .archive("a tar archive"))
    #expect(try kind("a.tar.gz", [0x1F, 0x8B, 8, 0]) == .archive("a gzip file"))
    let zip = Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 26)
    #expect(try kind("a.zip", zip + Array("images/1.jpg".utf8)) == .archive("a zip archive"))
    #expect(try kind("a.csv", zip + Array("[Content_Types].xml".utf8)) == .workbook)
    #expect(try kind("a.xlsx", zip + Array("xl/workbook.xml".utf8)) == .workbook)
    #expect(try kind("a.jpg", [0xFF, 0xD8, 0xFF, 0xE0]) == .other("a JPEG image"))
    #expect(try kind("a.h5", [0x89, 0x48, 0x44, 0x46, 13, 10]) == .other("an HDF5 file"))
    #expect(try kind("labels.txt", Array("path,mos\na,1\n".utf8)) == .text)
    #expect(try kind("umlaut.txt", Array(String(repeating: "ä", count: 700).utf8)) == .text)
    #expect(try kind("a.bin", [1, 2, 0, 255]) == .unknown)
    #expect(try kind("a.empty", []) == .unknown)
  }

  @Test("folders and indices have no rows to divide")
  func indivisible() throws {
    try folder.write("set/a/1.ppm", ppm(height: 2, width: 2))
    let set = folder.file("set")
    var builder = IndexBuilder(split: .train)
    #expect(throws: DataError.indivisible(path: set)) { try builder.open(set, world: nil) }
    builder.splitIsOptional = true
    let index = try builder.open(set, world: nil).index
    try index.write(to: folder.file("x.index"))
    #expect(try builder.open(folder.file("x.index"), world: nil).index == index)
    builder.splitIsOptional = false
    #expect(throws: DataError.indivisible(path: folder.file("x.index"))) {
      try builder.open(folder.file("x.index"), world: nil)
    }
  }
}
