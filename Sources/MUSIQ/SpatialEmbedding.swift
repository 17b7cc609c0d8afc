// Where a patch lies, as the model learns it: the three designs of the paper's ablation.

import Layers
import Multiscale
import Tensors

/// What is learned about the place of a patch.
public enum SpatialEmbedding: String, Codable, Sendable, CaseIterable {
  /// One vector per cell of a G × G grid laid over the image, shared by all scales: the published
  /// hash-based spatial embedding (HSE).
  case hash
  /// One vector per row of the padded token matrix, as in a Transformer with fixed-length input:
  /// patch n of a scale has the n-th vector of that scale, wherever it lies in the image.
  case fixed
  /// None: the model sees a set of patches.
  case none

  /// Name of the table. The fixed one is in no official checkpoint; its name is our own, so that
  /// shapes cannot be mistaken.
  private static let folder = "Transformer/posembed_input"

  /// The name and the number of rows of the table; nil without one.
  /// - Precondition: for `fixed`, `multiscale.slotCounts` is not nil.
  func table(_ multiscale: MultiscaleConfiguration) -> (name: String, rows: Int)? {
    switch self {
    case .hash:
      return ("\(Self.folder)/pos_embedding", multiscale.positionCount)
    case .fixed:
      guard let slots = multiscale.slotCounts else {
        preconditionFailure("a fixed spatial embedding needs a nativePatchCap")
      }
      return ("\(Self.folder)/slot_embedding", slots.reduce(0, +))
    case .none: return nil
    }
  }

  /// The table's row of every token, `[T]`; masked rows have row 0, which nothing reads.
  func indices(_ batch: TokenBatch, _ multiscale: MultiscaleConfiguration) -> [Int32] {
    guard self == .fixed, let slots = multiscale.slotCounts else { return batch.spatialIndices }
    var starts: [Int32] = []
    var total: Int32 = 0
    for count in slots {
      starts.append(total)
      total += Int32(count)
    }
    // Within a scale, rows follow the raster order of its patches, with or without padding between
    // the scales: counting the valid ones gives the slot.
    var rows = [Int32](repeating: 0, count: batch.rowCount)
    for image in 0..<batch.imageCount {
      var next = starts
      for row in batch.rows(of: image) where batch.mask[row] != 0 {
        let scale = Int(batch.scaleIndices[row])
        rows[row] = next[scale]
        next[scale] += 1
      }
    }
    return rows
  }
}
