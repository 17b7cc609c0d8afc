import Files
import Glibc
import TestSupport
import Testing

@Suite("Directories and paths")
struct DirectoriesTests {
  let scratch: ScratchDirectory
  var folder: String { scratch.path }

  init() throws { scratch = try ScratchDirectory() }

  @Test("directories are made with all above them, and may be there")
  func make() throws {
    for _ in 0..<2 {
      try FileSystem.makeDirectory("\(folder)/a/b/c/")
      #expect(try FileStatus("\(folder)/a/b/c").kind == .directory)
    }
    try FileSystem.makeDirectory("")
    try FileSystem.replace("\(folder)/file", with: [])
    #expect(throws: FileError("mkdir", "\(folder)/file", code: ENOTDIR)) {
      try FileSystem.makeDirectory("\(folder)/file")
    }
    #expect(throws: FileError("mkdir", "\(folder)/file/sub/", code: ENOTDIR)) {
      try FileSystem.makeDirectory("\(folder)/file/sub")
    }
  }

  @Test("files are renamed, removed and asked for")
  func change() throws {
    try FileSystem.replace("\(folder)/a", with: [1])
    try FileSystem.rename("\(folder)/a", to: "\(folder)/b")
    try FileSystem.synchronize("\(folder)/b")
    try FileSystem.synchronize(folder)
    #expect(!FileSystem.exists("\(folder)/a"))
    #expect(FileSystem.exists("\(folder)/b"))
    #expect(try FileStatus("\(folder)/b").size == 1)
    #expect(try (0...60).contains(FileStatus("\(folder)/b").age))
    try FileSystem.remove("\(folder)/b")
    try FileSystem.remove("\(folder)/b")
    #expect(throws: FileError("rename", "\(folder)/b", code: ENOENT)) {
      try FileSystem.rename("\(folder)/b", to: "\(folder)/a")
    }
    try FileSystem.requireWritable(folder)
    #expect(throws: FileError("access", "\(folder)/b", code: ENOENT)) {
      try FileSystem.requireWritable("\(folder)/b")
    }
  }

  @Test("room is found or missed, and the file that asked for it goes")
  func reserve() throws {
    try FileSystem.reserve(1 << 20, at: "\(folder)/ballast")
    let error = #expect(throws: FileError.self) {
      try FileSystem.reserve(1 << 60, at: "\(folder)/ballast")
    }
    #expect(error?.isFull == true)
    #expect(try names(in: folder) == [])
  }

  @Test("paths are joined and taken apart")
  func paths() {
    #expect(FilePath.join("a", "b") == "a/b")
    #expect(FilePath.join("a/", "b") == "a/b")
    #expect(FilePath.join("", "b") == "b")
    #expect(FilePath.join("a", "/b") == "/b")
    #expect(
      ["a/b", "/a", "a", "a/b/c", "/"].map(FilePath.directory) == ["a", "/", ".", "a/b", "/"])
    #expect(["a/b", "/a", "a", "a/"].map(FilePath.name) == ["b", "a", "a", ""])
    #expect(FilePath.absolute("/a//") == "/a")
    #expect(FilePath.absolute("/") == "/")
    let here = FilePath.absolute(".")
    #expect(here.hasPrefix("/"))
    #expect(FilePath.absolute("a/b/") == "\(here)/a/b")
  }
}
