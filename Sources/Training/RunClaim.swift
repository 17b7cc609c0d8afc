// From the request for a run to its first step: the run directory is had by one job, and a start that
// fails leaves nothing behind.

import Files
import MPI

/// The hold that a job has on a run directory, from before its data are read to its end. `giveUp` removes
/// what a failed start has made.
final class RunClaim {
  private let directory: RunDirectory
  private let world: Communicator
  /// On rank 0 only.
  private var lock: RunLock?
  /// What the path lacked, the innermost first.
  private let missing: [String]
  /// Files that were there when the lock was had.
  private var known: Set<String> = []

  /// Makes the directory if it is not there, and locks it.
  /// - Parameter onWait: told on rank 0 why the start is delayed.
  /// - Collective. Throws: `RunDirectoryError`, the same on every rank.
  init(
    of directory: RunDirectory, stealingLock stealsLock: Bool, world: Communicator,
    onWait: (String) -> Void
  ) throws {
    (self.directory, self.world) = (directory, world)
    missing = world.rank == 0 ? FileSystem.missingDirectories(of: directory.index) : []
    do {
      try directory.make(world: world)
      try world.onRoot { () throws(RunDirectoryError) in
        lock = try makeLock(stealing: stealsLock, onWait)
        known = Set(Self.files(in: directory))
      }
    } catch {
      giveUp()
      throw error
    }
  }

  deinit { release() }

  /// The locks that were taken over, in words; on rank 0.
  var takenOver: [String] { lock?.takenOver ?? [] }

  /// Whether another job has taken the directory over; known on rank 0.
  var isLost: Bool { lock?.isHeld == false }

  /// Gives the directory free.
  func release() {
    lock?.release()
    lock = nil
  }

  /// Gives the directory free and removes what has been made since. Best effort: the reason to give up
  /// is what the user is told.
  func giveUp() {
    guard world.rank == 0 else { return }
    // Without the lock, they are another job's.
    if lock?.isHeld == true {
      for file in Self.files(in: directory) where !known.contains(file) {
        try? FileSystem.remove(file)
      }
    }
    release()
    // They go if they are empty.
    for folder in missing { try? FileSystem.removeDirectory(folder) }
  }

  private func makeLock(
    stealing: Bool, _ onWait: (String) -> Void
  ) throws(RunDirectoryError) -> RunLock {
    do throws(RunLock.Problem) {
      return try RunLock(
        directory.lock, host: world.processorName, stealing: stealing, onWait: onWait)
    } catch {
      let problem: RunDirectoryError.Problem =
        switch error {
        case .held(let owner): .inUse(by: owner)
        case .file(let error): .lockCannotBeMade(reason: error.reason)
        }
      throw RunDirectoryError(path: directory.path, problem: problem)
    }
  }

  /// The files that a start may make.
  private static func files(in directory: RunDirectory) -> [String] {
    let indices = (try? FileSystem.list(directory.index))?.compactMap(\.name.text) ?? []
    return
      ([directory.configuration, directory.metrics] + indices.map { "\(directory.index)/\($0)" })
      .filter { FileSystem.exists($0) }
  }
}
