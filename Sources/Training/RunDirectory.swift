// The folder of one run: config.yaml, metrics.jsonl, checkpoints/, index/, .lock.

import Failures
import Files
import Foundation
import MPI
import RunConfig

/// A run directory that cannot be used as asked.
public struct RunDirectoryError: SharedFailure, Equatable {
  public enum Problem: Codable, Equatable, Sendable {
    case cannotBeCreated(reason: String)
    case cannotBeWrittenTo(reason: String)
    case configurationCannotBeWritten(reason: String)
    case logCannotBeWritten(reason: String)
    case lockCannotBeMade(reason: String)
    /// Another job has it; nil if its lock does not tell which.
    case inUse(by: RunLockOwner?)
    /// Another job has taken it over.
    case lost
    /// One rank does not see what rank 0 has made.
    case unseen(rank: Int, host: String)
  }

  public let path: String
  public let problem: Problem

  public init(path: String, problem: Problem) { (self.path, self.problem) = (path, problem) }

  public var kind: FailureKind {
    switch problem {
    case .inUse, .lost: .launch
    default: .inputOutput
    }
  }

  public var description: String {
    let what =
      switch problem {
      case .cannotBeCreated(let reason): "cannot be created: \(reason)"
      case .cannotBeWrittenTo(let reason): "cannot be written to: \(reason)"
      case .configurationCannotBeWritten(let reason): "config.yaml cannot be written: \(reason)"
      case .logCannotBeWritten(let reason): "metrics.jsonl cannot be written: \(reason)"
      case .lockCannotBeMade(let reason): "cannot be locked: .lock: \(reason)"
      case .inUse(let owner):
        "is in use by " + (owner?.description ?? "another process: there is a file .lock")
      case .lost: "was taken over by another job; nothing more is written to it"
      case .unseen(let rank, let host):
        "is not seen by rank \(rank) on \(host); all ranks must share it"
      }
    return "run directory '\(path)' \(what)"
  }
}

/// Paths inside of a run directory. Rank 0 alone writes to it, besides the collective checkpoints.
public struct RunDirectory: Sendable {
  public let path: String
  public var configuration: String { "\(path)/config.yaml" }
  public var metrics: String { "\(path)/metrics.jsonl" }
  public var checkpoints: String { "\(path)/checkpoints" }
  public var index: String { "\(path)/index" }
  var lock: String { "\(path)/.lock" }

  /// Nothing is made yet.
  public init(_ path: String) { self.path = path }

  /// Makes the directory if it is not there.
  /// - Collective. Throws: `RunDirectoryError`, the same on every rank.
  func make(world: Communicator) throws {
    try world.onRoot { () throws(RunDirectoryError) in
      do throws(FileError) { try FileSystem.makeDirectory(path) } catch {
        throw RunDirectoryError(path: path, problem: .cannotBeCreated(reason: error.reason))
      }
      do throws(FileError) { try FileSystem.requireWritable(path) } catch {
        throw RunDirectoryError(path: path, problem: .cannotBeWrittenTo(reason: error.reason))
      }
    }
    try requireVisibility(world: world)
  }

  /// A directory on one node's own disk would be missed hours later, by the first checkpoint.
  private func requireVisibility(world: Communicator) throws {
    try world.together { () throws(RunDirectoryError) in
      // A network file system may show a new directory a moment later.
      for _ in 0..<20 where !FileSystem.exists(path) { usleep(100_000) }
      guard !FileSystem.exists(path) else { return }
      throw RunDirectoryError(
        path: path, problem: .unseen(rank: world.rank, host: world.processorName))
    }
  }

  /// Where the configuration of the steps up to `step` is kept when it changes.
  public func formerConfiguration(until step: Int) -> String {
    "\(path)/config-until-\(step).yaml"
  }

  /// Writes the resolved configuration under its final name in one move. Another one that `step` steps
  /// were trained with is kept.
  /// - Collective.
  func write(configuration yaml: String, after step: Int, world: Communicator) throws {
    try world.onRoot { () throws(RunDirectoryError) in
      do throws(FileError) {
        let former = formerConfiguration(until: step)
        // The first one is that of the checkpoint: later ones have trained nothing.
        if step > 0, FileSystem.exists(configuration), !FileSystem.exists(former),
          try FileSystem.read(configuration) != Array(yaml.utf8)
        {
          try FileSystem.rename(configuration, to: former)
        }
        try FileSystem.replace(configuration, with: Array(yaml.utf8))
      } catch {
        throw RunDirectoryError(
          path: path, problem: .configurationCannotBeWritten(reason: error.reason))
      }
    }
  }
}
