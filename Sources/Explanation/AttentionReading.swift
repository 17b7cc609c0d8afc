// From queries and keys to one number per token: how much of the class token's attention it gets.

import Kernels
import MUSIQ

/// Which attention is read, and of which heads.
public struct AttentionReading: Equatable, Sendable {
  public enum Layer: Equatable, Sendable {
    /// All layers, see `classRow`.
    case rollout
    /// The row of the class token in the last block, or in block `index`, from 0.
    case last
    case index(Int)

    /// `rollout`, `last`, or a number.
    public init?(_ text: String) {
      switch text {
      case "rollout": self = .rollout
      case "last": self = .last
      default:
        guard let index = Int(text), index >= 0 else { return nil }
        self = .index(index)
      }
    }
  }

  public var layer: Layer
  /// From 0; nil: the mean of all heads.
  public var head: Int?

  public init(layer: Layer = .rollout, head: Int? = nil) { (self.layer, self.head) = (layer, head) }

  /// Makes sure that a model has the layer and the head.
  func check(_ configuration: MUSIQConfiguration) throws(ExplanationError) {
    if case .index(let index) = layer, index >= configuration.layerCount {
      throw .noLayer(index, count: configuration.layerCount)
    }
    if let head, !(0..<configuration.headCount).contains(head) {
      throw .noHead(head, count: configuration.headCount)
    }
  }

  /// The class token's row, `[tokens + 1]`, class token first; it sums to 1.
  ///
  /// Rollout (Abnar & Zuidema, ACL 2020, with the residual branch as identity): with Aₗ the mean of the
  /// heads of layer l and Bₗ = (Aₗ + I) / 2, whose rows sum to 1, it is row 0 of B_L · … · B₂ · B₁. Only that
  /// row is computed: a row vector goes through the layers from the last to the first, and each Aₗ exists in
  /// blocks of 64 rows. One layer alone is row 0 of its A, without the identity.
  /// - Cost: for rollout 2 · N² · D FLOPs and N² · heads exponentials per layer, half of what attention costs
  ///   in the forward pass; memory of `AttentionRecorder`.
  func classRow(of recorder: AttentionRecorder, _ configuration: MUSIQConfiguration) -> [Double] {
    let d = configuration.hiddenSize
    let averaged = head.map { $0..<$0 + 1 } ?? 0..<configuration.headCount
    var row: [Double] = [1]
    for layer in recorder.layers.reversed() {
      let shape = AttentionRowShape(
        queryRows: layer.queries.count / d, keyRows: layer.keys.count / d,
        heads: configuration.headCount, headSize: d / configuration.headCount, averaged: averaged)
      // The last block has the query of the class token only: r is that of the unit vector.
      precondition(shape.queryRows == row.count, "queries of \(shape.queryRows) rows")
      var attended = [Double](repeating: 0, count: shape.keyRows)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: shape.scratchCount) { scratch in
        guard let memory = scratch.baseAddress else { return }
        multiplyByAttention(
          row: row, output: &attended, queries: layer.queries, keys: layer.keys, shape: shape,
          scratch: memory)
      }
      if self.layer == .rollout {
        for i in attended.indices { attended[i] = (attended[i] + (i < row.count ? row[i] : 0)) / 2 }
      }
      row = attended
    }
    return row
  }
}
