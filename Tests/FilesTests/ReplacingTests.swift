import Files
import Glibc
import TestSupport
import Testing

/// What a directory holds.
func names(in path: String) throws -> [String] {
  try FileSystem.list(path).map(\.name.description)
}

func text(of path: String) throws -> String {
  String(decoding: try FileSystem.read(path), as: UTF8.self)
}

@Suite("Replacing")
struct ReplacingTests {
  let scratch: ScratchDirectory
  var folder: String { scratch.path }

  init() throws { scratch = try ScratchDirectory() }

  @Test("a new file and one that is there get the contents, and nothing else remains")
  func replaces() throws {
    let path = "\(folder)/file"
    try FileSystem.replace(path, with: Array("one".utf8))
    #expect(try text(of: path) == "one")
    try FileSystem.replace(path, durable: false) { file in
      try file.write(Array("tw".utf8))
      try file.write(Array("o".utf8))
    }
    #expect(try text(of: path) == "two")
    #expect(try names(in: folder) == ["file"])
  }

  @Test("the file is synced before it gets its name and the directory after, or neither")
  func order() throws {
    let path = "\(folder)/file"
    for durable in [true, false] {
      var events: [String] = []
      var calls = SystemCalls()
      calls.fsync = { descriptor in
        var status = stat()
        fstat(descriptor, &status)
        events.append(status.st_mode & S_IFMT == S_IFDIR ? "sync directory" : "sync file")
        return fsync(descriptor)
      }
      calls.close = {
        events.append("close")
        return close($0)
      }
      calls.rename = {
        events.append("rename")
        return rename($0, $1)
      }
      let file = try FileReplacement(path, calls: calls)
      try file.commit(durable: durable) { _ in events.append("verify") }
      #expect(
        events
          == (durable
            ? ["sync file", "close", "verify", "rename", "sync directory"]
            : ["close", "verify", "rename"]))
    }
  }

  /// Every call that can fail before the file has its name.
  static let faults: [(call: String, code: Int32)] = [
    ("write", ENOSPC), ("fsync", EIO), ("close", EDQUOT), ("rename", EROFS),
  ]

  @Test("whatever fails, the old contents stay and the temporary goes", arguments: faults)
  func fault(_ fault: (call: String, code: Int32)) throws {
    let path = "\(folder)/file"
    try FileSystem.replace(path, with: Array("old".utf8))
    func fail(_ call: String) -> Bool {
      errno = fault.code
      return call == fault.call
    }
    var calls = SystemCalls()
    var room = 5
    calls.write = {
      // A disk takes what it has room for before it is full.
      if fault.call == "write" && room == 0 { return fail("write") ? -1 : 0 }
      room -= min($2, 5)
      return write($0, $1, min($2, 5))
    }
    calls.fsync = { fail("fsync") ? -1 : fsync($0) }
    calls.close = {
      let code = close($0)
      return fail("close") ? -1 : code
    }
    calls.rename = { fail("rename") ? -1 : rename($0, $1) }
    #expect(throws: FileError(fault.call, path, code: fault.code)) {
      let file = try FileReplacement(path, calls: calls)
      try file.write(Array("new contents".utf8))
      try file.commit()
    }
    #expect(try text(of: path) == "old")
    #expect(try names(in: folder) == ["file"])
  }

  @Test("what write and verify throw comes through, and nothing is left")
  func ownErrors() throws {
    struct Wrong: Error {}
    let path = "\(folder)/file"
    #expect(throws: Wrong.self) {
      try FileSystem.replace(path) { file in
        try file.write([1, 2, 3])
        throw Wrong()
      }
    }
    #expect(throws: Wrong.self) {
      try FileSystem.replace(
        path,
        verify: { temporary in
          #expect(try FileSystem.read(temporary) == [1, 2, 3])
          throw Wrong()
        }
      ) { try $0.write([1, 2, 3]) }
    }
    #expect(try names(in: folder) == [])
  }

  @Test("the kernel's own refusal of a write, at the largest offset, leaves nothing")
  func largestOffset() throws {
    let path = "\(folder)/file"
    #expect(throws: FileError("write", path, code: EFBIG)) {
      try FileSystem.replace(path) { file in
        var (low, high) = (0, Int.max)
        while low < high {
          let middle = low + (high - low) / 2 + (high - low) % 2
          if lseek(file.descriptor, off_t(middle), SEEK_SET) >= 0 {
            low = middle
          } else {
            high = middle - 1
          }
        }
        lseek(file.descriptor, off_t(low), SEEK_SET)
        try file.write([1])
      }
    }
    #expect(try names(in: folder) == [])
  }

  @Test("a directory and a missing directory are errors that name the path asked for")
  func impossible() throws {
    try FileSystem.makeDirectory("\(folder)/sub")
    #expect(throws: FileError("rename", "\(folder)/sub", code: EISDIR)) {
      try FileSystem.replace("\(folder)/sub", with: [])
    }
    #expect(throws: FileError("open", "\(folder)/no/file", code: ENOENT)) {
      try FileSystem.replace("\(folder)/no/file", with: [])
    }
    #expect(try names(in: folder) == ["sub"])
  }

  @Test("a full device is written through and reported, and stays a device")
  func fullDevice() throws {
    #expect(throws: FileError("write", "/dev/full", code: ENOSPC)) {
      try FileSystem.replace("/dev/full", with: [1])
    }
    #expect(try FileStatus("/dev/full").kind == .other)
    try FileSystem.replace("/dev/null", with: [1])
    #expect(try FileStatus("/dev/null").kind == .other)
  }

  @Test("a pipe is written through and stays a pipe; it is not verified")
  func pipe() throws {
    let path = "\(folder)/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    let reader = open(path, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    try FileSystem.replace(
      path, verify: { _ in Issue.record("a pipe was verified") }
    ) { try $0.write(Array("through".utf8)) }
    var bytes = [UInt8](repeating: 0, count: 16)
    #expect(read(reader, &bytes, 16) == 7)
    #expect(String(decoding: bytes[..<7], as: UTF8.self) == "through")
    #expect(try FileStatus(path).kind == .other)
    #expect(try names(in: folder) == ["pipe"])
  }

  @Test("a link stays a link, and what it leads to is replaced or made")
  func links() throws {
    try FileSystem.makeDirectory("\(folder)/target")
    try FileSystem.replace("\(folder)/target/there", with: [1])
    #expect(symlink("target/there", "\(folder)/link") == 0)
    #expect(symlink("link", "\(folder)/second") == 0)
    #expect(symlink("\(folder)/target/new", "\(folder)/dangling") == 0)
    try FileSystem.replace("\(folder)/second", with: [2])
    try FileSystem.replace("\(folder)/dangling", with: [3])
    #expect(try FileSystem.read("\(folder)/target/there") == [2])
    #expect(try FileSystem.read("\(folder)/target/new") == [3])
    for name in ["link", "second", "dangling"] {
      #expect(try FileStatus("\(folder)/\(name)", followingLinks: false).kind == .link)
    }
    #expect(try names(in: "\(folder)/target") == ["new", "there"])

    #expect(symlink("round", "\(folder)/round") == 0)
    #expect(throws: FileError("open", "\(folder)/round", code: ELOOP)) {
      try FileSystem.replace("\(folder)/round", with: [])
    }
  }

  @Test("a file that is open already is written where it stands, as through /dev/stdout")
  func openFile() throws {
    let path = "\(folder)/open"
    let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
    defer { close(descriptor) }
    let identity = try FileStatus(path).identity
    #expect(write(descriptor, "one ", 4) == 4)
    try FileSystem.replace("/dev/fd/\(descriptor)", with: Array("two ".utf8))
    #expect(symlink("/proc/self/fd/\(descriptor)", "\(folder)/link") == 0)
    try FileSystem.replace("\(folder)/link", with: Array("three ".utf8))
    #expect(write(descriptor, "four", 4) == 4)
    #expect(try text(of: path) == "one two three four")
    #expect(try FileStatus(path).identity == identity)
  }

  @Test("rights of new files and directories are what the umask leaves")
  func rights() throws {
    func mode(_ path: String) -> mode_t {
      var status = stat()
      stat("\(folder)/\(path)", &status)
      return status.st_mode & 0o777
    }
    // The process has one umask: it is looked at, not set, because other tests run beside this one.
    let mask = try #require(
      try text(of: "/proc/self/status").split(separator: "\n")
        .first { $0.hasPrefix("Umask:") }
        .flatMap { mode_t($0.split(separator: "\t").last ?? "", radix: 8) })
    try FileSystem.replace("\(folder)/file", with: [])
    try FileSystem.makeDirectory("\(folder)/open/both")
    try FileSystem.makeDirectory("\(folder)/group", mode: 0o750)
    #expect(mode("file") == 0o666 & ~mask)
    #expect(mode("open") == 0o777 & ~mask)
    #expect(mode("open/both") == 0o777 & ~mask)
    #expect(mode("group") == 0o750 & ~mask)
  }
}
