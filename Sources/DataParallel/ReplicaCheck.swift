// All ranks hold the same parameters; this makes sure of it now and then.

import Failures
import Foundation
import MPI

/// Ranks whose parameters differ from the majority's: memory corruption, or a bug.
public struct ReplicasDiffer: Failure, Equatable {
  public let step: Int
  /// Ranks outside of the largest group of equal hashes, with their hosts.
  public let ranks: [(rank: Int, host: String)]

  public init(step: Int, ranks: [(rank: Int, host: String)]) {
    (self.step, self.ranks) = (step, ranks)
  }

  public static func == (a: Self, b: Self) -> Bool {
    a.step == b.step && a.ranks.elementsEqual(b.ranks, by: ==)
  }

  public var kind: FailureKind { .replicas }

  public var description: String {
    let names = ranks.map { "rank \($0.rank) on \($0.host)" }.joined(separator: ", ")
    return "parameters differ between ranks after step \(step): \(names) disagree with the "
      + "majority; restart from the last checkpoint, and without these hosts if it happens again"
  }
}

/// Compares a hash of the parameters over all ranks.
public enum ReplicaCheck {
  /// - Throws: `ReplicasDiffer` on every rank when any differs.
  /// - Collective. Cost: one pass over the parameters, 8 bytes per rank of communication.
  public static func verify(
    _ parameters: UnsafeBufferPointer<Float>, step: Int, world: Communicator
  ) throws {
    let hashes = try world.allGather([hash(parameters)]).map { $0[0] }
    let counts = Dictionary(grouping: hashes, by: { $0 }).mapValues(\.count)
    guard counts.count > 1 else { return }
    let hosts = try world.gather(world.processorName)
    // Ties go to the group of the lowest rank, so that every rank names the same culprits.
    let largest = counts.values.max()
    let majority = hashes.first { counts[$0] == largest }
    let ranks = hashes.indices.filter { hashes[$0] != majority }.map { (rank: $0, host: hosts[$0]) }
    throw ReplicasDiffer(step: step, ranks: ranks)
  }

  /// Multiply and shift over 64-bit words. Each step is a bijection, so any single changed bit changes
  /// the hash; the shift brings high bits down, so that changed signs do not cancel each other.
  public static func hash(_ values: UnsafeBufferPointer<Float>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func combine(_ word: UInt64) {
      hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15  // 2⁶⁴ / golden ratio, odd
      hash ^= hash >> 29  // no multiple of 32: signs must not meet signs
    }
    let raw = UnsafeRawBufferPointer(values)
    for offset in stride(from: 0, to: raw.count - 7, by: 8) {
      combine(raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    for offset in (raw.count & ~7)..<raw.count { combine(UInt64(raw[offset])) }
    return hash
  }
}
