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
    let file = try LineFile(appendingTo: path)
    #expect(file.unfinished == Array("tw".utf8))
    try file.write(line: "three")
    try file.write(line: "four")
    #expect(try text(of: path) == "one\ntw\nthree\nfour\n")
    #expect(try LineFile(appendingTo: path).unfinished == [])
  }

  @Test("an unfinished line of any length can be cut off")
  func removed() throws {
    let path = "\(folder)/log"
    for length in [1, 4095, 4096, 4097, 10_000] {
      for before in ["", "one\n"] {
        let torn = [UInt8](repeating: 0, count: length)
        try FileSystem.replace(path, with: Array(before.utf8) + torn)
        let file = try LineFile(appendingTo: path)
        #expect(file.unfinished == torn)
        try file.removeUnfinishedLine()
        try file.write(line: "two")
        #expect(try text(of: path) == before + "two\n")
      }
    }
  }

  @Test("only regular files are appended to; a pipe is refused without waiting for its reader")
  func irregular() throws {
    #expect(mkfifo("\(folder)/pipe", 0o666) == 0)
    #expect(throws: FileError("open", "\(folder)/pipe", code: EINVAL, reason: "not a regular file"))
    {
      try LineFile(appendingTo: "\(folder)/pipe")
    }
    #expect(throws: FileError("open", folder, code: EISDIR)) { try LineFile(appendingTo: folder) }
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
