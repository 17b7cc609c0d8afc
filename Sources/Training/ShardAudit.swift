// Now and then a shard of a step is computed by a second rank and compared bit by bit: a test of the whole
// arithmetic, from the file to the gradient, which is possible because its bits depend on no rank.

import DataParallel
import Failures
import MPI

/// Who computes which shard a second time.
struct ShardAudit: Equatable {
  let shard: Int
  /// The rank that the shard belongs to.
  let owner: Int
  /// The rank that computes it again: another one, unless there is only one.
  let auditor: Int

  /// The audit after every so many steps: shards in turn, by ranks in turn; nil when none is due.
  init?(step: Int, every: Int, assignment: ShardAssignment) {
    guard every > 0, (step + 1) % every == 0 else { return nil }
    let number = step / every
    shard = number % assignment.shardCount
    owner = assignment.rank(ofShard: shard)
    let others = max(1, assignment.worldSize - 1)
    auditor = (owner + min(1, assignment.worldSize - 1) + number % others) % assignment.worldSize
  }

  /// The hashes of one gradient, as far as this rank has computed it.
  struct Finding {
    let audit: ShardAudit
    var byOwner: UInt64?
    var byAuditor: UInt64?
  }
}

extension ShardAudit.Finding {
  /// Numbers whose sum over all ranks has both hashes, each in two exact halves.
  var summands: [Double] {
    [byOwner, byAuditor].flatMap { hash in
      [Double((hash ?? 0) >> 32), Double((hash ?? 0) & 0xFFFF_FFFF)]
    }
  }

  /// What stands for no audit.
  static let noSummands = [0.0, 0, 0, 0]

  /// Compares what owner and auditor have found.
  /// - Parameter sums: of the summands of all ranks, the same on every rank.
  /// - Collective. Throws: `ShardsDiffer` on every rank.
  func check(_ sums: ArraySlice<Double>, step: Int, world: Communicator) throws {
    let halves = Array(sums)
    guard halves[0] != halves[2] || halves[1] != halves[3] else { return }
    let hosts = try world.gather(world.processorName)
    throw ShardsDiffer(
      step: step, shard: audit.shard,
      ranks: [audit.owner, audit.auditor].map { RankOnHost(rank: $0, host: hosts[$0]) })
  }
}

/// Two ranks have computed different gradients from the same parameters and images.
public struct ShardsDiffer: Failure, Equatable {
  public let step: Int
  public let shard: Int
  /// The owner of the shard and the rank that computed it again.
  public let ranks: [RankOnHost]

  public var kind: FailureKind { .replicas }

  public var description: String {
    let names = ranks.map(\.description).joined(separator: " and ")
    return "step \(step): \(names) computed different gradients of shard \(shard) from the same "
      + "parameters and images, so one of them computes or reads wrongly; nothing of this step was "
      + "kept: \(ReplicasDiffer.advice)"
  }
}
