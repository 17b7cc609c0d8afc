// Why a model cannot be explained.

import Failures

/// A request that a model or an image cannot fulfill.
public enum ExplanationError: SharedFailure, Equatable {
  /// The model has `count` layers.
  case noLayer(Int, count: Int)
  /// The model has `count` heads.
  case noHead(Int, count: Int)
  case unreadable(path: String, reason: String)
  /// Outputs that are infinite or NaN.
  case notFinite(path: String)
  /// A model whose positions are not hashed to a grid.
  case noGrid(path: String)
  case gridTooLarge(path: String, found: Int, limit: Int)
  case unwritable(path: String, reason: String)

  public var kind: FailureKind {
    switch self {
    case .noLayer, .noHead: .usage
    case .unreadable: .data
    case .notFinite, .noGrid, .gridTooLarge: .checkpoint
    case .unwritable: .inputOutput
    }
  }

  public var description: String {
    switch self {
    case .noLayer(_, let count): "the model has layers 0 to \(count - 1)"
    case .noHead(_, let count): "the model has heads 0 to \(count - 1)"
    case .unreadable(let path, let reason): "\(path): \(reason)"
    case .notFinite(let path):
      "the output of \(path) is not finite: its parameters are damaged"
    case .noGrid(let path):
      "the model in \(path) has no hash-based spatial embedding (model.spatialEmbedding: hash); its "
        + "positions have no grid to show"
    case .gridTooLarge(let path, let found, let limit):
      "expected a hash grid of at most \(limit), the model in \(path) has \(found)"
    case .unwritable(let path, let reason): "\(path): cannot be written: \(reason)"
    }
  }
}
