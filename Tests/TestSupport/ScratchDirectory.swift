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
