// Errors of a run.

import RunConfig

/// More samples than allowed could not be read.
public struct TooManyBadSamples: ExitCoded, Equatable, CustomStringConvertible {
  public let skipped: Int
  public let seen: Int
  public let limit: Double

  public var exitCode: Int32 { ExitCode.data }

  public init(skipped: Int, seen: Int, limit: Double) {
    (self.skipped, self.seen, self.limit) = (skipped, seen, limit)
  }

  /// Samples that are always forgiven: a handful of bad files in a small set is no reason to stop.
  static let alwaysAllowed = 10

  public var description: String {
    "\(skipped) of \(seen) samples could not be read, more than data.maxBadFraction = \(limit) allows; "
      + "see the events `skipped` in metrics.jsonl, repair or remove the files, and run "
      + "`musiq-dist data index` again"
  }
}
