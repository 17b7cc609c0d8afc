import Files
import Glibc
import TestSupport
import Testing

@Suite("Links and files of one owner")
struct LinksTests {
  let scratch: ScratchDirectory
  var folder: String { scratch.path }

  init() throws { scratch = try ScratchDirectory() }

  @Test("a link is made and replaced in one move, and leaves nothing else")
  func replace() throws {
    let link = "\(folder)/best"
    for target in ["one", "two"] {
      try FileSystem.replace("\(folder)/\(target)", with: Array(target.utf8))
      try FileSystem.replaceLink(link, to: target)
      #expect(try FileSystem.link(link) == target)
      #expect(try FileSystem.read(link) == Array(target.utf8))
    }
    #expect(try names(in: folder) == ["best", "one", "two"])
  }

  @Test("what is not a link is left alone")
  func foreign() throws {
    try FileSystem.replace("\(folder)/best", with: [1])
    let error = #expect(throws: FileError.self) {
      try FileSystem.replaceLink("\(folder)/best", to: "one")
    }
    #expect(error?.reason == "there is a file of this name" && error?.lacksLinks == false)
    #expect(try FileSystem.read("\(folder)/best") == [1])
    #expect(FileError("symlink", "a", code: EPERM).lacksLinks)
  }

  @Test("a file of one owner is made once, rewritten in place, and removed by its owner only")
  func exclusive() throws {
    let path = "\(folder)/lock"
    let first = try ExclusiveFile(path, containing: Array("one".utf8))
    #expect(throws: FileError("open", path, code: EEXIST)) {
      try ExclusiveFile(path, containing: [])
    }
    try first.overwrite(Array("two".utf8))
    #expect(try text(of: path) == "two")
    #expect(first.hasItsName)
    // Another process takes the name: what the first one does then harms nobody.
    try FileSystem.rename(path, to: "\(folder)/old")
    #expect(!first.hasItsName)
    let second = try ExclusiveFile(path, containing: Array("her".utf8))
    try first.overwrite(Array("six".utf8))
    try first.remove()
    #expect(try text(of: path) == "her")
    try second.remove()
    #expect(!FileSystem.exists(path))
  }

  @Test("a link in the place of a file of one owner is not followed")
  func exclusiveLink() throws {
    try FileSystem.replaceLink("\(folder)/lock", to: "elsewhere")
    #expect(throws: FileError.self) { try ExclusiveFile("\(folder)/lock", containing: [1]) }
    #expect(!FileSystem.exists("\(folder)/elsewhere"))
  }

  @Test("missing directories are listed from the innermost, and go if they are empty")
  func directories() throws {
    let path = "\(folder)/a/b"
    #expect(FileSystem.missingDirectories(of: "\(path)/") == ["\(path)/", path, "\(folder)/a"])
    #expect(FileSystem.missingDirectories(of: path) == [path, "\(folder)/a"])
    #expect(FileSystem.missingDirectories(of: folder) == [])
    try FileSystem.makeDirectory(path)
    #expect(throws: FileError("rmdir", "\(folder)/a", code: ENOTEMPTY)) {
      try FileSystem.removeDirectory("\(folder)/a")
    }
    for name in [path, "\(folder)/a", "\(folder)/a"] { try FileSystem.removeDirectory(name) }
    #expect(!FileSystem.exists("\(folder)/a"))
  }

  @Test("a terminal knows its width at any time; files and pipes are none")
  func terminal() throws {
    let screen = try #require(Pseudoterminal(columns: 1))
    let terminal = try #require(Terminal(path: screen.path))
    for columns in [80, 33] {
      screen.resize(columns: columns)
      #expect(terminal.columns == columns)
    }
    #expect(Terminal(path: "/dev/null") == nil && Terminal(path: "\(folder)/none") == nil)
  }
}
