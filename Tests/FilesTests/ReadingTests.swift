import Files
import Foundation
import TestSupport
import Testing

@Suite("Reading")
struct ReadingTests {
  let scratch: ScratchDirectory
  var folder: String { scratch.path }

  init() throws { scratch = try ScratchDirectory() }

  @Test("a regular file is read whole, empty or not")
  func whole() throws {
    for count in [0, 1, 70_000] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 3) }
      try FileSystem.replace("\(folder)/file", with: bytes)
      #expect(try FileSystem.read("\(folder)/file") == bytes)
      #expect(try FileSystem.readStream("\(folder)/file") == bytes)
      #expect(try RegularFile("\(folder)/file").read(first: 10) == Array(bytes.prefix(10)))
      var pieces: [[UInt8]] = []
      try RegularFile("\(folder)/file").forEachPiece(of: 35_000) { pieces.append(Array($0)) }
      #expect(Array(pieces.joined()) == bytes)
      #expect(pieces.count == (count + 34_999) / 35_000)
    }
  }

  @Test("files of /proc, whose size is said to be 0, are read whole")
  func proc() throws {
    #expect(try FileStatus("/proc/self/status").size == 0)
    #expect(try text(of: "/proc/self/status").hasPrefix("Name:"))
  }

  @Test("pipes, devices and directories are refused without waiting")
  func refused() throws {
    let pipe = "\(folder)/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    for path in [pipe, "/dev/zero", folder] {
      let error = #expect(throws: FileError.self) { try FileSystem.read(path) }
      #expect(error?.description == "\(path): open: not a regular file")
    }
  }

  @Test("a missing file and one over the limit say so")
  func errors() throws {
    let missing = #expect(throws: FileError.self) { try FileSystem.read("\(folder)/no") }
    #expect(missing?.isMissing == true)
    #expect(missing?.reason == "No such file or directory")
    #expect(missing?.detail == "open: No such file or directory")
    try FileSystem.replace("\(folder)/file", with: [1, 2, 3])
    #expect(try FileSystem.read("\(folder)/file", limit: 3) == [1, 2, 3])
    let large = #expect(throws: FileError.self) {
      try FileSystem.read("\(folder)/file", limit: 2)
    }
    #expect(large?.reason == "has 3 bytes, the limit is 2")
    #expect(throws: FileError.self) { try FileSystem.readStream("/dev/zero", limit: 100_000) }
  }

  @Test("a stream is read from a pipe until its writer is done")
  func stream() throws {
    let path = "\(folder)/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    let bytes = [UInt8](repeating: 7, count: 200_000)
    let thread = Thread { try? FileSystem.replace(path, with: bytes) }
    thread.start()
    #expect(try FileSystem.readStream(path) == bytes)
  }

  @Test("errors of network file systems are tried three times, others once")
  func retries() throws {
    for code in [EIO, ESTALE, EAGAIN] {
      var attempts = 0
      let value = try TransientErrors.retry { () throws(FileError) in
        attempts += 1
        if attempts < 3 { throw FileError("read", "file", code: code) }
        return attempts
      }
      #expect(value == 3)
      attempts = 0
      #expect(throws: FileError("read", "file", code: code)) {
        try TransientErrors.retry { () throws(FileError) in
          attempts += 1
          throw FileError("read", "file", code: code)
        }
      }
      #expect(attempts == 3)
    }
    var attempts = 0
    #expect(throws: FileError("open", "file", code: EACCES)) {
      try TransientErrors.retry { () throws(FileError) in
        attempts += 1
        throw FileError("open", "file", code: EACCES)
      }
    }
    #expect(attempts == 1)
  }
}
