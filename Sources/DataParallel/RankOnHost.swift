// A rank as errors name it.

/// A rank and the machine that it runs on.
public struct RankOnHost: Codable, Equatable, Sendable, CustomStringConvertible {
  public let rank: Int
  public let host: String

  public init(rank: Int, host: String) { (self.rank, self.host) = (rank, host) }

  /// `rank 2 on node7`.
  public var description: String { "rank \(rank) on \(host)" }
}
