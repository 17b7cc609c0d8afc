import Files
import Foundation
import TestSupport
import Testing

@Suite struct FilePathTests {
  @Test(
    "empty components and dots go, all else stays",
    arguments: [
      ("p/0", "p/0"), ("./p/0", "p/0"), ("p//0", "p/0"), ("p/./0/", "p/0"), ("/", "/"),
      ("//a", "/a"),
      ("/./a/.", "/a"), ("", "."), (".", "."), ("./", "."), ("..", ".."), ("a/../b", "a/../b"),
      (".a/b.", ".a/b."), ("a/.b", "a/.b"), ("/a/", "/a"), ("donn\u{E9}es//x", "donn\u{E9}es/x"),
    ])
  func normalized(path: String, normal: String) {
    let found = FilePath.normalized(path)
    #expect(Array(found.utf8) == Array(normal.utf8))
    #expect(Array(FilePath.normalized(found).utf8) == Array(normal.utf8))
  }

  @Test("what lies below a folder, byte by byte")
  func relative() {
    #expect(FilePath.relative("/données/bild.png", to: "/données") == "bild.png")
    #expect(FilePath.relative("/图片/a/b", to: "/图片/") == "a/b")
    #expect(FilePath.relative("/a//b/./c", to: "/a/b") == "c")
    #expect(FilePath.relative("/a", to: "/") == "a")
    #expect(FilePath.relative("/ab/c", to: "/a") == nil)
    #expect(FilePath.relative("/a", to: "/a") == nil)
    // Equal as text, not as bytes.
    #expect(FilePath.relative("/e\u{301}/x", to: "/\u{E9}") == nil)
    // A letter with an accent of its own after the slash is no part of the slash.
    #expect(FilePath.relative("/a/\u{301}x", to: "/a") == "\u{301}x")
    #expect(FilePath.leavesRoot("a/../b") && !FilePath.leavesRoot("a/..b/..."))
  }

  @Test("a key is the path as the disk sees it")
  func keys() {
    #expect(PathKey("./p/0") == PathKey("p//0"))
    #expect(PathKey("caf\u{E9}") != PathKey("cafe\u{301}"))
    #expect(Set([PathKey("a"), PathKey("./a"), PathKey("b")]).count == 2)
    #expect(PathKey("a/b") < PathKey("a0") && PathKey("./a//b").description == "a/b")
  }

  @Test("links and dots are gone from the canonical path")
  func canonical() throws {
    let folder = try ScratchDirectory()
    let root = try #require(FileSystem.canonical(folder.path))
    try folder.write("a/x", [])
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("link"), withDestinationPath: folder.file("a"))
    #expect(FileSystem.canonical(folder.file("link/../a/./x")) == "\(root)/a/x")
    #expect(FileSystem.canonical(folder.file("none")) == nil)
  }
}
