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
