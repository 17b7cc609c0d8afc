// A place for the files of one test.

import Foundation
import MPI

/// A new directory, removed with all it contains at the end of the object's life.
public final class ScratchDirectory {
  public let path: String
  private let isOwner: Bool

  /// A directory of this process.
  public init() throws {
    path = Self.newPath()
    isOwner = true
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// One directory for all ranks, made and removed by rank 0. Collective; a barrier belongs before the
  /// end of its life.
  public init(sharedBy world: Communicator) throws {
    path = try world.broadcast(text: Self.newPath(), from: 0)
    isOwner = world.rank == 0
    if isOwner {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    try world.barrier()
  }

  deinit {
    if isOwner { try? FileManager.default.removeItem(atPath: path) }
  }

  /// Path of the file `name` in it.
  public func file(_ name: String) -> String { "\(path)/\(name)" }

  private static func newPath() -> String {
    FileManager.default.temporaryDirectory.appendingPathComponent("musiq-\(UUID().uuidString)").path
  }
}
