// The directory of a run's checkpoints: which there are, which to keep.

import Files
import MPI

/// The checkpoints of one run. Every file in it with a checkpoint's name is complete and was verified.
///
/// Rank 0 alone lists and changes the directory; the others are told, because network file systems show
/// different ranks different moments.
public struct CheckpointStore {
  public let directory: String
  public let world: Communicator
  /// Checkpoints to keep, at least 1: the newest.
  public let keepLast: Int
  /// Checkpoints to keep besides, with the best figures of the validation set.
  public let keepBest: Int
  /// A fault to inject in tests: called on every rank with the temporary path when the file is closed
  /// and not yet verified.
  public var beforeVerification: ((_ temporaryPath: String) -> Void)?

  public init(directory: String, world: Communicator, keepLast: Int, keepBest: Int = 0) {
    self.directory = directory
    self.world = world
    self.keepLast = max(1, keepLast)
    self.keepBest = keepBest
  }

  /// Path of the checkpoint of `step`.
  public func path(step: Int) -> String { "\(directory)/\(CheckpointName.file(step: step))" }

  /// Paths of all checkpoints, newest first; empty when the directory does not exist.
  /// - Collective.
  public func all() throws -> [String] {
    let found = try world.onRoot { () throws(CheckpointError) -> [Int] in
      do throws(FileError) { return try steps() } catch {
        throw CheckpointError(.directory, path: directory, reason: error.detail)
      }
    }
    return found.map(path(step:))
  }

  /// Path of the newest checkpoint, without looking into it.
  /// - Collective.
  public func latest() throws -> String? { try all().first }

  /// Steps of the checkpoints in the directory, newest first.
  func steps() throws(FileError) -> [Int] {
    try names().compactMap(CheckpointName.step(of:)).sorted(by: >)
  }

  /// Names in the directory; none when it does not exist.
  private func names() throws(FileError) -> [String] {
    do throws(FileError) {
      return try FileSystem.list(directory).compactMap(\.name.text)
    } catch {
      if error.isMissing { return [] }
      throw error
    }
  }

  /// Removes what is older than the newest `keepLast` checkpoints up to `step`, which was just written, and
  /// not among the `keepBest` best ones. Later steps, left behind by a run that went back, stay.
  /// - Returns: one sentence for each file that could not be removed.
  func prune(after step: Int) -> [String] {
    do {
      var failures: [String] = []
      let known = try steps().filter { $0 <= step }
      let best = keepBest > 0 && known.count > keepLast ? best(keepBest, of: known) : []
      for old in known.dropFirst(keepLast) where !best.contains(old) {
        do { try FileSystem.remove(path(step: old)) } catch { failures.append("\(error)") }
      }
      return failures
    } catch {
      return ["\(error)"]
    }
  }

  /// Removes temporary files that no living writer can own: older than an hour.
  func sweep() throws(FileError) {
    for name in try names() where CheckpointName.isTemporary(name) {
      let path = "\(directory)/\(name)"
      // What has gone meanwhile has no age.
      if let status = try? FileStatus(path), status.age > 3600 { try FileSystem.remove(path) }
    }
  }
}
