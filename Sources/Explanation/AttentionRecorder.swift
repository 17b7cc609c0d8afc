// Queries and keys of the encoder while an image passes through: what attention matrices are made of.

import Autodiff
import MUSIQ

/// Keeps what one reading of the attention needs, given to the model as its observer.
///
/// Memory: for rollout 2 · L · N · D floats, 507 MB for a photograph of 12 megapixels (N = 11,800 tokens, 14
/// layers, D = 384); for one layer N · D. The L · N² numbers of the matrices themselves would be 7.8 GB per
/// head.
final class AttentionRecorder {
  struct Layer {
    /// `[query rows, D]`: all tokens, or the class token alone where only its row is read.
    var queries: [Float] = []
    /// `[tokens + 1, D]`.
    var keys: [Float] = []
  }

  private(set) var layers: [Layer]
  private let roles: [String: (layer: Int, isQuery: Bool, rows: Int?)]

  init(_ reading: AttentionReading.Layer, of configuration: MUSIQConfiguration) {
    let last = configuration.layerCount - 1
    var roles: [String: (layer: Int, isQuery: Bool, rows: Int?)] = [:]
    func record(block: Int, as layer: Int, queryRows: Int?) {
      roles["block\(block).queries"] = (layer, true, queryRows)
      roles["block\(block).keys"] = (layer, false, nil)
    }
    switch reading {
    case .rollout: for block in 0...last { record(block: block, as: block, queryRows: nil) }
    case .last: record(block: last, as: 0, queryRows: 1)
    case .index(let block): record(block: block, as: 0, queryRows: 1)
    }
    self.roles = roles
    layers = Array(repeating: Layer(), count: roles.count / 2)
  }

  /// To be called by the model: a `ModelObserver`.
  func observe(_ name: String, _ value: Variable) {
    guard let role = roles[name] else { return }
    let values = Array(value.elements.prefix((role.rows ?? value.rows) * value.columns))
    if role.isQuery {
      layers[role.layer].queries = values
    } else {
      layers[role.layer].keys = values
    }
  }
}
