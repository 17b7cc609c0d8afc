// The state of training is written once a step and only read in between. Whether memory has kept it is seen by
// comparing fingerprints: a flipped bit would otherwise go into every later step, unseen, because all ranks
// would take it over.

import DataParallel
import Failures
import MPI
import Tensors

/// Fingerprints of parameters and moments as they were last written.
struct StateSeal: Equatable {
  let parameters: Fingerprint
  /// Of this rank's segment.
  let moments: [Fingerprint]

  /// Whether all values are numbers.
  var isFinite: Bool { parameters.isFinite && moments.allSatisfy(\.isFinite) }
}

extension TrainState {
  /// The state as it is now.
  /// - Cost: one pass over parameters and moments at the speed of memory.
  func makeSeal() -> StateSeal {
    StateSeal(
      parameters: Fingerprint(UnsafeBufferPointer(parameters.buffer.elements)),
      moments: moments.map { Fingerprint(UnsafeBufferPointer($0.elements)) })
  }

  /// What has changed since the seal, in words; empty if nothing has, or without a seal.
  func changedParts() -> [String] {
    guard let seal else { return [] }
    let now = makeSeal()
    let moments = momentNames.indices.filter { now.moments[$0] != seal.moments[$0] }
    return (now.parameters == seal.parameters ? [] : ["parameters"])
      + moments.map { "moment \(momentNames[$0])" }
  }

  /// Makes sure that no rank's state has changed since it was last written.
  /// - Collective. Throws: `StateChanged` on every rank.
  func requireUnchanged(world: Communicator) throws {
    let parts = changedParts()
    guard try world.allReduce(parts.count, .maximum) > 0 else { return }
    throw try StateChanged.agreed(parts, step: step, world: world)
  }

  /// Compares what all ranks hold alike: the parameters, and moments that are not divided among them.
  /// - Collective. Throws: `ReplicasDiffer` on every rank.
  package func requireEqualReplicas(world: Communicator) throws {
    guard world.size > 1, let seal else { return }
    let isReplicated = segment.count == parameters.buffer.count
    try ReplicaCheck.verify(
      [seal.parameters] + (isReplicated ? seal.moments : []), step: step, world: world)
  }
}

/// The memory of some ranks holds something else than was written there.
public struct StateChanged: Failure, Equatable {
  public struct Rank: Codable, Equatable, Sendable {
    let place: RankOnHost
    public var rank: Int { place.rank }
    /// `parameters`, `moment m`.
    public let parts: [String]
  }

  /// Steps done.
  public let step: Int
  public let ranks: [Rank]

  /// The error that all ranks agree on, after all have heard that some rank's state has changed.
  /// - Collective.
  static func agreed(_ own: [String], step: Int, world: Communicator) throws -> StateChanged {
    let all = try world.gather(
      Rank(place: RankOnHost(rank: world.rank, host: world.processorName), parts: own))
    return StateChanged(step: step, ranks: all.filter { !$0.parts.isEmpty })
  }

  public var kind: FailureKind { .replicas }

  public var description: String {
    let names = ranks.map { "\($0.place) (\($0.parts.joined(separator: ", ")))" }
    return
      "memory has changed by itself after step \(step), on \(names.joined(separator: ", ")): a "
      + "defect of the machine, or of this program; nothing of it was saved: "
      + ReplicasDiffer.advice
  }
}
