// The index as a file: read whole, written complete or not at all.

import Files

extension SampleIndex {
  /// Reads an index file.
  /// - Throws: `DataError.unreadable`, or `.index` with the line of the first damage.
  public init(file path: String) throws(DataError) {
    let bytes: [UInt8]
    do { bytes = try FileSystem.read(path, limit: 16 << 30) } catch {
      throw .unreadable(path: path, reason: error.reason)
    }
    self = try Self.parse(bytes, file: path)
  }

  /// Writes the index, complete or not at all.
  public func write(to path: String) throws(DataError) {
    do { try FileSystem.replace(path, with: IndexText.bytes(of: self)) } catch {
      throw .unwritable(path: path, reason: error.reason)
    }
  }

  /// The bytes of the index file.
  public var bytes: [UInt8] { IndexText.bytes(of: self) }

  /// The index of the bytes of an index file; `file` stands for its name in messages.
  public static func parse(_ bytes: [UInt8], file: String) throws(DataError) -> SampleIndex {
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(DataError) in try IndexParser.index(of: bytes, file: file) }
    }
    return try result.get()
  }
}
