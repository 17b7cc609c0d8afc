// The column `status` of tables of results.

/// What became of the file of a row, by the word that is written.
public enum RowStatus: String, Sendable {
  case ok
  /// A result of what could be decoded.
  case salvaged
  case error
  /// Left out by the index.
  case excluded

  /// Of a row that has a result.
  public init(isSalvaged: Bool) { self = isSalvaged ? .salvaged : .ok }

  /// Whether the row has a result.
  var hasResult: Bool { self == .ok || self == .salvaged }
}
