// Samples that could not be used, or in part only: collected from worker threads, shared by all ranks, and
// counted.

import Failures
import Foundation
import ImageData
import MPI

/// The troubles of this rank, until the step is over.
final class SampleTroubleLog: @unchecked Sendable {
  private let lock = NSLock()
  private var troubles: [SampleTrouble] = []

  func add(_ trouble: SampleTrouble) { lock.withLock { troubles.append(trouble) } }

  /// Those since the last call, in order of sample id.
  func take() -> [SampleTrouble] {
    lock.withLock {
      defer { troubles = [] }
      return troubles.sorted { $0.error.sample < $1.error.sample }
    }
  }

  /// Those of all ranks since the last call, by rank, then in order of sample id.
  /// - Collective.
  func takeAll(world: Communicator) throws -> [SampleTrouble] {
    try world.gather(take()).flatMap { $0 }
  }
}

/// How many samples a run has met, and how many it could not use, or not whole.
struct SampleCount {
  private(set) var skipped = 0
  private(set) var salvaged = 0
  private(set) var seen = 0
  private let maximumBadFraction: Double

  init(maximumBadFraction: Double) { self.maximumBadFraction = maximumBadFraction }

  mutating func add(_ statistics: ShardStatistics) {
    skipped += Int(statistics.skipped)
    salvaged += Int(statistics.salvaged)
    seen += Int(statistics.skipped + statistics.weight)
  }

  func check() throws(TooManyBadSamples) {
    guard skipped > TooManyBadSamples.alwaysAllowed,
      Double(skipped) > maximumBadFraction * Double(seen)
    else { return }
    throw TooManyBadSamples(skipped: skipped, seen: seen, limit: maximumBadFraction)
  }
}

/// More samples than allowed could not be read.
public struct TooManyBadSamples: Failure, Equatable {
  public let skipped: Int
  public let seen: Int
  public let limit: Double

  public init(skipped: Int, seen: Int, limit: Double) {
    (self.skipped, self.seen, self.limit) = (skipped, seen, limit)
  }

  /// Samples that are always forgiven: a handful of bad files in a small set is no reason to stop.
  static let alwaysAllowed = 10

  public var kind: FailureKind { .data }

  public var description: String {
    "\(skipped) of \(seen) samples could not be read, more than data.maxBadFraction = \(limit) allows"
  }
}
