// All ranks hold the same parameters; this makes sure of it now and then.

import Failures
import Foundation
import MPI
import Tensors

/// Ranks whose parameters differ from the majority's: memory corruption, or a bug.
public struct ReplicasDiffer: Failure, Equatable {
  public let step: Int
  /// Ranks outside of the largest group of equal hashes, with their hosts.
  public let ranks: [RankOnHost]

  public init(step: Int, ranks: [RankOnHost]) { (self.step, self.ranks) = (step, ranks) }

  /// What to do about a machine that may compute or remember wrongly; ends the message of all such errors.
  public static let advice =
    "restart from the last checkpoint, and without these hosts if it happens again"

  public var kind: FailureKind { .replicas }

  public var description: String {
    let names = ranks.map(\.description).joined(separator: ", ")
    return
      "parameters or moments differ between ranks after step \(step): \(names) disagree with the "
      + "majority; \(Self.advice)"
  }
}

/// Compares over all ranks what every rank should hold alike.
public enum ReplicaCheck {
  /// - Parameter fingerprints: taken when all ranks had just been given the same.
  /// - Throws: `ReplicasDiffer` on every rank when any differs.
  /// - Collective. Cost: 8 bytes per rank and fingerprint of communication.
  public static func verify(
    _ fingerprints: [Fingerprint], step: Int, world: Communicator
  ) throws {
    let hashes = try world.allGather(fingerprints.map(\.hash))
    let counts = Dictionary(grouping: hashes, by: { $0 }).mapValues(\.count)
    guard counts.count > 1 else { return }
    let hosts = try world.gather(world.processorName)
    // Ties go to the group of the lowest rank, so that every rank names the same culprits.
    let largest = counts.values.max()
    let majority = hashes.first { counts[$0] == largest }
    let ranks = hashes.indices.filter { hashes[$0] != majority }.map {
      RankOnHost(rank: $0, host: hosts[$0])
    }
    throw ReplicasDiffer(step: step, ranks: ranks)
  }
}
