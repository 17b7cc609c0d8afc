// A place for the files of one test.

import Foundation

/// A new directory, removed with all it contains at the end of the object's life.
public final class ScratchDirectory {
  public let path: String
  private let isOwner: Bool

  /// A directory of this process.
  public convenience init() throws {
    try self.init(path: Self.newPath(), isOwner: true)
  }

  /// The directory at `path`, made here and removed at the end if this process is its owner.
  public init(path: String, isOwner: Bool) throws {
    self.path = path
    self.isOwner = isOwner
    if isOwner {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
  }

  deinit {
    if isOwner { try? FileManager.default.removeItem(atPath: path) }
  }

  /// Path of the file `name` in it.
  public func file(_ name: String) -> String { "\(path)/\(name)" }

  /// The path of a directory that does not exist yet.
  public static func newPath() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("musiq-\(UUID().uuidString)").path
  }
}

extension ScratchDirectory {
  /// Writes a file below the directory, with the directories on its way.
  /// - Returns: its path.
  @discardableResult
  public func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let url = URL(fileURLWithPath: file(name))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  /// Writes a text file.
  @discardableResult
  public func write(_ name: String, text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  /// Makes a directory below this one.
  public func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: file(name), withIntermediateDirectories: true)
  }
}
