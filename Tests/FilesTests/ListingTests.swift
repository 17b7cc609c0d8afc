import Files
import Glibc
import TestSupport
import Testing

@Suite("Listing")
struct ListingTests {
  let scratch: ScratchDirectory
  var folder: String { scratch.path }

  init() throws { scratch = try ScratchDirectory() }

  /// Makes an empty file of this name.
  private func make(_ name: [UInt8]) throws {
    let path = Array("\(folder)/".utf8) + name + [0]
    let descriptor = path.withUnsafeBytes {
      open($0.assumingMemoryBound(to: CChar.self).baseAddress!, O_WRONLY | O_CREAT, 0o600)
    }
    try #require(descriptor >= 0)
    close(descriptor)
  }

  @Test("names are bytes: two Unicode forms and what is not UTF-8 are all there, in byte order")
  func bytes() throws {
    let (composed, decomposed) = ("caf\u{E9}.jpg", "cafe\u{301}.jpg")
    #expect(composed == decomposed)
    try make(Array(composed.utf8))
    try make(Array(decomposed.utf8))
    try make([0x63, 0xFF, 0x2E, 0x6A])
    try make(Array("b.jpg".utf8))
    try make(Array(".hidden".utf8))
    let entries = try FileSystem.list(folder)
    #expect(
      entries.map { $0.name.text.map { Array($0.utf8) } } == [
        Array(".hidden".utf8), Array("b.jpg".utf8), Array(decomposed.utf8), Array(composed.utf8),
        nil,
      ])
    #expect(entries.last?.name.description == "c\u{FFFD}.j")
    #expect(Set(entries.map(\.name)).count == 5)
    #expect(FileName(composed) != FileName(decomposed))
    #expect(entries.map(\.name.isHidden) == [true, false, false, false, false])
  }

  @Test("entries say what they are, links do not")
  func kinds() throws {
    try make([0x61])
    try FileSystem.makeDirectory("\(folder)/b")
    #expect(symlink("b", "\(folder)/c") == 0)
    #expect(mkfifo("\(folder)/d", 0o600) == 0)
    let kinds = try FileSystem.list(folder).map(\.kind)
    // Some file systems tell of none.
    if kinds[0] != nil { #expect(kinds == [.regular, .directory, nil, .other]) }
    #expect(try FileStatus("\(folder)/c").kind == .directory)
    #expect(try FileStatus("\(folder)/c", followingLinks: false).kind == .link)
    #expect(try FileStatus("\(folder)/b").identity == FileStatus("\(folder)/c").identity)
    #expect(try FileStatus("\(folder)/a").identity != FileStatus("\(folder)/c").identity)
  }

  @Test("what cannot be listed is an error")
  func errors() throws {
    #expect(throws: FileError("opendir", "\(folder)/no", code: ENOENT)) {
      try FileSystem.list("\(folder)/no")
    }
    try make([0x61])
    #expect(throws: FileError("opendir", "\(folder)/a", code: ENOTDIR)) {
      try FileSystem.list("\(folder)/a")
    }
  }
}
