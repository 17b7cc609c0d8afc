// What is written in the lock of a run directory, and what follows from it.

import Foundation
import MPI

/// Whose run directory it is. Kept as JSON in `.lock`.
public struct RunLockOwner: Codable, Equatable, Sendable {
  /// Tells this owner from any other.
  public var uuid: String
  public var host: String
  public var pid: Int
  /// When the process was started, see `ProcessIdentity`.
  public var birth: String
  /// The boot and the namespace that `pid` belongs to.
  public var machine: String
  /// The job of the batch system.
  public var job: LauncherEnvironment.BatchJob?
  /// Time of the start, ISO 8601 in UTC; for people.
  public var since: String
  /// Counts up as long as the owner lives: ten digits, so that the size never changes.
  public var heartbeat: String

  /// This process.
  package init(host: String) {
    let own = ProcessIdentity.own
    uuid = UUID().uuidString
    self.host = host
    (pid, birth, machine) = (own.pid, own.birth, own.machine)
    job = LauncherEnvironment.ofThisProcess.batchJob
    since = ISO8601DateFormatter().string(from: Date())
    heartbeat = ""
    beat(0)
  }

  /// Sets the heartbeat.
  package mutating func beat(_ number: Int) {
    let digits = String(number)
    heartbeat = String(repeating: "0", count: max(0, 10 - digits.count)) + digits
  }

  /// Who it is, in words.
  public var description: String {
    "process \(pid) on \(host)\(job.map { " (\($0.name))" } ?? ""), since \(since)"
  }

  package var process: ProcessIdentity { ProcessIdentity(pid: pid, birth: birth, machine: machine) }

  package var bytes: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Texts and numbers: there is nothing that could not be encoded.
    return ((try? encoder.encode(self)).map { [UInt8]($0) } ?? []) + [0x0A]
  }

  /// Nil for bytes that are no lock.
  package init?(_ bytes: [UInt8]) {
    guard let owner = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else { return nil }
    self = owner
  }
}

/// What is to be done about a lock that is there.
package enum RunLockVerdict: Equatable {
  /// Its owner lives, or may.
  case refuse
  /// Its owner is gone, for this reason.
  case takeOver(String)
  /// It was not written for long: whether its heartbeat still counts decides.
  case watch

  /// - Parameters:
  ///   - owner: nil for a file that cannot be read.
  ///   - ownerLives: nil if its process cannot be seen from here.
  ///   - age: seconds since the lock was written, by the clock of its file system.
  ///   - stale: age from which it is watched.
  package init(
    on owner: RunLockOwner?, by me: RunLockOwner, ownerLives: Bool?, age: @autoclosure () -> Int,
    stale: Double
  ) {
    if let job = owner?.job, let mine = me.job, job.name == mine.name,
      mine.restarts > job.restarts
    {
      self = .takeOver("its job was started again")
    } else if let ownerLives {
      self = ownerLives ? .refuse : .takeOver("that process has ended")
    } else {
      self = Double(age()) >= stale ? .watch : .refuse
    }
  }
}
