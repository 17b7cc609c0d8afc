// Getting the lock of a run directory: making it, or taking it over from an owner that is gone.

import DataParallel
import Files
import Foundation

/// One try to lock a run directory.
struct RunLockAttempt {
  let path: String
  let me: RunLockOwner
  let timing: RunLock.Timing
  /// The owners that were gone, and how that was known.
  private(set) var takenOver: [String] = []

  init(_ path: String, by me: RunLockOwner, timing: RunLock.Timing) {
    (self.path, self.me, self.timing) = (path, me, timing)
  }

  /// A lock as it was found.
  private struct Found {
    let bytes: [UInt8]
    let identity: FileStatus.Identity
    var owner: RunLockOwner? { RunLockOwner(bytes) }
  }

  /// Makes the file of the lock.
  /// - Parameters:
  ///   - stealing: takes it away from whoever has it.
  ///   - onWait: told why this takes long.
  mutating func make(
    stealing: Bool, onWait: (String) -> Void
  ) throws(RunLock.Problem) -> ExclusiveFile {
    while true {
      if let file = try create() { return file }
      guard let found = try find() else { continue }
      if stealing {
        try take(found, because: "on request")
      } else if let reason = try reasonToTake(found, onWait) {
        try take(found, because: reason)
      }
    }
  }

  /// Nil if there is a lock.
  private func create() throws(RunLock.Problem) -> ExclusiveFile? {
    do throws(FileError) { return try ExclusiveFile(path, containing: me.bytes) } catch {
      if error.code == EEXIST { return nil }
      throw .file(error)
    }
  }

  /// Nil if there is no lock.
  private func find() throws(RunLock.Problem) -> Found? {
    do throws(FileError) {
      return Found(
        bytes: try FileSystem.read(path, limit: 1 << 16), identity: try FileStatus(path).identity)
    } catch {
      if error.isMissing { return nil }
      throw .file(error)
    }
  }

  /// Why the owner of a lock is known to be gone; nil if the lock has changed meanwhile.
  /// - Throws: `held` if the owner lives, or may.
  private func reasonToTake(
    _ found: Found, _ onWait: (String) -> Void
  ) throws(RunLock.Problem) -> String? {
    let verdict = RunLockVerdict(
      on: found.owner, by: me, ownerLives: found.owner?.process.isAlive, age: age(),
      stale: timing.stale)
    switch verdict {
    case .takeOver(let reason): return reason
    case .refuse: throw .held(by: found.owner)
    case .watch:
      onWait(
        "the run directory is locked by \(Self.name(found.owner)); its heartbeat is watched for "
          + "\(Int(timing.watch)) s")
      return try standsStill(found) ? "its heartbeat has stopped" : nil
    }
  }

  /// Whether a lock stays as it is for two beats.
  /// - Throws: `held` if its heartbeat counts.
  private func standsStill(_ found: Found) throws(RunLock.Problem) -> Bool {
    let clock = Stopwatch()
    while clock.seconds < timing.watch {
      usleep(200_000)
      guard let now = try find(), now.identity == found.identity else { return false }
      if now.bytes != found.bytes { throw .held(by: now.owner) }
    }
    return true
  }

  /// Seconds since the lock was written: compared with a file made now, so that clocks of other machines
  /// do not matter. 0 if that cannot be found out.
  private func age() -> Int {
    guard
      let probe = try? ExclusiveFile("\(path)-\(me.uuid)", containing: [0x0A]),
      let written = try? FileStatus(path).modificationTime,
      let now = try? FileStatus(probe.path).modificationTime
    else { return 0 }
    try? probe.remove()
    return now - written
  }

  /// Takes the name away from a lock. Of several that try, one succeeds: it renames the lock that it has
  /// judged, and gives back any other.
  private mutating func take(
    _ found: Found, because reason: String
  ) throws(RunLock.Problem) {
    let old = "\(path)-\(me.uuid)"
    do throws(FileError) {
      try FileSystem.rename(path, to: old)
      guard try FileStatus(old).identity == found.identity else {
        return try FileSystem.rename(old, to: path)
      }
      try FileSystem.remove(old)
    } catch {
      if error.isMissing { return }
      throw .file(error)
    }
    takenOver.append("\(Self.name(found.owner)) (\(reason))")
  }

  private static func name(_ owner: RunLockOwner?) -> String {
    owner?.description ?? "a process that cannot be told"
  }
}
