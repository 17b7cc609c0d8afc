// The folder of one run: config.yaml, metrics.jsonl, checkpoints/, index/.

import Files
import Foundation
import ImageData
import MPI
import RunConfig

/// A run directory that cannot be used as asked.
public struct RunDirectoryError: ExitCoded, Equatable, Sendable, Codable, CustomStringConvertible {
  public let path: String
  public let problem: String
  public var exitCode: Int32 { ExitCode.inputOutput }
  public var description: String {
    "run directory '\(path)' \(problem); name another one with --run"
  }
}

/// Paths inside of a run directory. Rank 0 alone writes to it, besides the collective checkpoints.
public struct RunDirectory: Sendable {
  public let path: String
  public var configuration: String { "\(path)/config.yaml" }
  public var metrics: String { "\(path)/metrics.jsonl" }
  public var checkpoints: String { "\(path)/checkpoints" }
  public var index: String { "\(path)/index" }

  /// Makes the directory if it is not there.
  /// - Collective. Throws: `RunDirectoryError`, the same on every rank.
  public init(_ path: String, world: Communicator) throws {
    self.path = path
    var problem = ""
    if world.rank == 0 {
      do {
        try FileAccess.makeFolder(path)
        if access(path, W_OK) != 0 {
          problem = "cannot be written to: \(String(cString: strerror(errno)))"
        }
      } catch {
        problem = "cannot be created: \(error.reason)"
      }
    }
    try agree(on: problem, world: world)
    try requireVisibility(world: world)
  }

  /// A directory on one node's own disk would be missed hours later, by the first checkpoint.
  private func requireVisibility(world: Communicator) throws {
    var isVisible = access(path, F_OK) == 0
    // A network file system may show a new directory a moment later.
    for _ in 0..<20 where !isVisible {
      usleep(100_000)
      isVisible = access(path, F_OK) == 0
    }
    let hosts = try world.allGather(text: isVisible ? "" : world.processorName)
    guard let rank = hosts.firstIndex(where: { !$0.isEmpty }) else { return }
    throw RunDirectoryError(
      path: path, problem: "is not seen by rank \(rank) on \(hosts[rank]); all ranks must share it")
  }

  /// Writes the resolved configuration under its final name in one move.
  /// - Collective.
  func write(configuration yaml: String, world: Communicator) throws {
    var problem = ""
    if world.rank == 0 {
      do {
        try FileAccess.replace(configuration, with: Array(yaml.utf8))
      } catch {
        problem = "config.yaml cannot be written: \(error.reason)"
      }
    }
    try agree(on: problem, world: world)
  }

  private func agree(on problem: String, world: Communicator) throws {
    let agreed = try world.broadcast(text: problem, from: 0)
    guard agreed.isEmpty else { throw RunDirectoryError(path: path, problem: agreed) }
  }
}
