// Files that are complete or absent, in one call.

extension FileSystem {
  /// Replaces the contents of `path`; see `FileReplacement` for links, pipes and devices.
  /// - Parameters:
  ///   - durable: off for files that are quickly made again: without `fsync`.
  ///   - verify: throws when the closed file at the temporary path is not what was meant.
  ///   - write: writes all of the contents.
  /// - Throws: `FileError`, and what `write` and `verify` throw; the old contents are still there
  ///   then.
  public static func replace(
    _ path: String, durable: Bool = true,
    verify: (_ temporaryPath: String) throws -> Void = { _ in },
    write: (FileReplacement) throws -> Void
  ) throws {
    let file = try FileReplacement(path)
    try write(file)
    try file.commit(durable: durable, verify: verify)
  }

  /// Replaces the contents of `path` by `bytes`.
  public static func replace(
    _ path: String, with bytes: [UInt8], durable: Bool = true
  ) throws(FileError) {
    let file = try FileReplacement(path)
    try file.write(bytes)
    try file.commit(durable: durable)
  }
}
