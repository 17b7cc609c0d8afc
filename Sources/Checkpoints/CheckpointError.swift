// What can go wrong with checkpoints, and what the caller may still do.

import MPI

/// An error that all ranks agree on, except for `mustAbort`, which one rank may have alone.
public struct CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Kind: String, Sendable {
    /// The disk or quota has no room; nothing was written, nothing lost.
    case noSpace
    /// The directory cannot be created, listed or changed.
    case directory
    /// What was written does not read back equal; the file is removed, older ones are intact.
    case verification
    /// An error in the middle of a collective write: the ranks cannot agree or close the file any more.
    case mustAbort
    /// A file is damaged, incomplete or not a checkpoint.
    case unreadable
    /// A sound checkpoint of another model or optimiser.
    case mismatch
    /// There are checkpoints, but none can be read.
    case noneUsable
  }

  public let kind: Kind
  /// The file or directory.
  public let path: String
  public let reason: String

  public init(_ kind: Kind, path: String, reason: String) {
    self.kind = kind
    self.path = path
    // Errors of lower levels name the file, too; once is enough.
    self.reason =
      reason.hasPrefix("\(path): ") ? String(reason.dropFirst(path.count + 2)) : reason
  }

  /// True when the job has to end by `Communicator.abort(code: exitCode)` at once.
  public var mustAbort: Bool { kind == .mustAbort }

  /// True when training may go on without this checkpoint.
  public var isRecoverable: Bool { [.noSpace, .directory, .verification].contains(kind) }

  /// 5 for a checkpoint that cannot be used, 8 for input and output.
  public var exitCode: Int32 {
    switch kind {
    case .unreadable, .mismatch, .noneUsable: 5
    case .noSpace, .directory, .verification, .mustAbort: 8
    }
  }

  public var description: String {
    switch kind {
    case .noSpace: "\(path): no space for the checkpoint: \(reason)"
    case .directory: "\(path): \(reason)"
    case .verification: "\(path): the checkpoint does not read back as written: \(reason)"
    case .mustAbort: "\(path): writing failed on this rank: \(reason)"
    case .unreadable: "\(path): not a usable checkpoint: \(reason)"
    case .mismatch:
      "\(path): a checkpoint of another model: \(reason); give the configuration it was written with"
    case .noneUsable:
      "\(path): no checkpoint can be read: \(reason); move them away to start from the beginning"
    }
  }

  /// One line for other ranks, and back.
  var encoded: String { "\(kind.rawValue)\u{1}\(path)\u{1}\(reason)" }

  init?(encoded: String) {
    let parts = encoded.split(separator: "\u{1}", omittingEmptySubsequences: false)
    guard parts.count == 3, let kind = Kind(rawValue: String(parts[0])) else { return nil }
    self.init(kind, path: String(parts[1]), reason: String(parts[2]))
  }
}

extension Communicator {
  /// Runs `work` on rank 0; every rank gets its text or throws its error.
  /// - Collective.
  func onRankZero(_ work: () throws(CheckpointError) -> String) throws -> String {
    var message = ""
    if rank == 0 {
      do { message = "+" + (try work()) } catch { message = error.encoded }
    }
    message = try broadcast(text: message, from: 0)
    if let error = CheckpointError(encoded: message) { throw error }
    return String(message.dropFirst())
  }

  /// Throws on all ranks when any rank has an error: the one of the lowest rank that has one.
  /// - Collective.
  func agree(_ local: CheckpointError?) throws {
    guard try allReduce(Int32(local == nil ? 0 : 1), .maximum) > 0 else { return }
    for message in try allGather(text: local?.encoded ?? "") {
      if let error = CheckpointError(encoded: message) { throw error }
    }
  }
}
