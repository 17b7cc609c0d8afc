import Files
import Glibc
import TestSupport
import Testing

@Suite("Line files")
struct LineFileTests {
  let scratch: ScratchDirectory
  var folder: String { scratch.path }

  init() throws { scratch = try ScratchDirectory() }

  @Test("lines are appended, across openings")
  func appends() throws {
    let path = "\(folder)/log"
    try LineFile(appendingTo: path).write(line: "one")
    let file = try LineFile(appendingTo: path)
    try file.write(line: "two")
    try file.write(line: "three")
    #expect(try text(of: path) == "one\ntwo\nthree\n")
  }

  @Test("a line that a killed process left unfinished is ended, not continued")
  func torn() throws {
    let path = "\(folder)/log"
    try FileSystem.replace(path, with: Array("one\ntw".utf8))
    try LineFile(appendingTo: path).write(line: "three")
    #expect(try text(of: path) == "one\ntw\nthree\n")
  }

  @Test("a file is cut where it is told, or begun anew")
  func cut() throws {
    let path = "\(folder)/rows"
    try FileSystem.replace(path, with: Array("one\ntw".utf8))
    let file = try LineFile(path, keeping: 4)
    #expect(!file.isEmpty)
    try file.write(line: "two")
    #expect(try text(of: path) == "one\ntwo\n")
    #expect(try LineFile(path, keeping: 0).isEmpty)
    #expect(try text(of: path) == "")
  }

  @Test("a line that does not fit is an error and leaves no part of itself")
  func full() throws {
    let device = try LineFile("/dev/full", keeping: 0)
    #expect(throws: FileError("write", "/dev/full", code: ENOSPC)) {
      try device.write(line: "one")
    }
    let path = "\(folder)/log"
    var room = 6
    var calls = SystemCalls()
    calls.write = { descriptor, bytes, count in
      let fits = min(count, room)
      room -= fits
      errno = ENOSPC
      return fits > 0 ? write(descriptor, bytes, fits) : -1
    }
    let file = try LineFile(appendingTo: path, calls: calls)
    try file.write(line: "one")
    #expect(throws: FileError("write", path, code: ENOSPC)) { try file.write(line: "two") }
    #expect(try text(of: path) == "one\n")
    room = 4
    try file.write(line: "two")
    #expect(try text(of: path) == "one\ntwo\n")
  }
}
