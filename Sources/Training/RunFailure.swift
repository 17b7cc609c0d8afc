// Errors of a run.

import Failures

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
