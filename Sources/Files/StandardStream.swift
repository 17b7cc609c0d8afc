// Standard input, output and error.

#if canImport(Glibc)
  import Glibc
#endif

/// A stream that the process was started with.
public enum StandardStream: Int32, Sendable {
  case input = 0
  case output = 1
  case error = 2

  /// The name for messages.
  public var name: String {
    switch self {
    case .input: "standard input"
    case .output: "standard output"
    case .error: "standard error"
    }
  }

  /// Whether it is a terminal (`isatty`).
  public var isTerminal: Bool { isatty(rawValue) != 0 }

  /// The terminal that the stream ends at: its own, or that of the program that started this one, if it
  /// passes on what comes out of a pipe, as mpirun does. Nil for files, and where neither is known.
  /// - Parameter launchers: names of such programs.
  public func terminal(through launchers: [String]) -> Terminal? {
    if isTerminal { return Terminal(path: "/proc/self/fd/\(rawValue)") }
    let parent = "/proc/\(getppid())"
    guard let name = try? FileSystem.read("\(parent)/comm", limit: 64),
      launchers.contains(String(decoding: name.dropLast(), as: UTF8.self))
    else { return nil }
    return Terminal(path: "\(parent)/fd/\(rawValue)")
  }

  /// Writes all of `text` (`write`).
  /// - Throws: `FileError`; `isClosedPipe` when nobody reads any more.
  public func write(_ text: String) throws(FileError) {
    var text = text
    let result = text.withUTF8 { bytes in
      Result { () throws(FileError) in
        try Descriptor.write(UnsafeRawBufferPointer(bytes), to: rawValue, name)
      }
    }
    try result.get()
  }

  /// Everything up to the end (`read`).
  public func read(limit: Int = 1 << 30) throws(FileError) -> [UInt8] {
    try Descriptor.readToEnd(of: rawValue, limit: limit, name)
  }
}
