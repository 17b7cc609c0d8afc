// How alike the learned positions and scales are.

import Figures
import ImageCodecs
import RunConfig
import Tables
import Tensors

/// Cosines between all rows of the hash-based spatial embedding, and of the scale embedding.
public struct EmbeddingSimilarity: Sendable {
  /// G.
  public let grid: Int
  /// `[G², G²]`: entry (p, q) is cos(Tₚ, T_q) with positions in raster order. 0 for rows of zeros.
  public let positions: [Float]
  /// `[S, S]`; nil for a model without scale embedding.
  public let scales: [Float]?

  /// Larger grids would take more than 64 MB and could not be seen in a figure.
  static let largestGrid = 64

  /// - Throws: `ExplanationError` when the model has no spatial hash.
  public init(_ explainer: Explainer) throws {
    let stored = explainer.stored
    let table = "Transformer/posembed_input/pos_embedding"
    let grid = stored.configuration.model.multiscale.hashGrid
    let d = stored.configuration.model.hiddenSize
    guard let entry = stored.model.layout.entry(named: table), entry.count == grid * grid * d else {
      throw ExplanationError.noGrid(path: stored.path)
    }
    guard grid <= Self.largestGrid else {
      throw ExplanationError.gridTooLarge(
        path: stored.path, found: grid, limit: Self.largestGrid)
    }
    self.grid = grid
    positions = Self.cosines(Array(stored.parameters[table]), columns: d)
    let scaleTable = "Transformer/scaleembed_input/scale_embedding"
    scales = stored.model.layout.entry(named: scaleTable).map { _ in
      Self.cosines(Array(stored.parameters[scaleTable]), columns: d)
    }
  }

  /// Cosines between all rows: `[rows, rows]`. Exact for given floats up to the last rounding.
  /// - Cost: 2 · rows² · columns FLOPs in Double.
  public static func cosines(_ table: [Float], columns: Int) -> [Float] {
    let rows = table.count / columns
    func dot(_ a: Int, _ b: Int) -> Double {
      var sum = 0.0
      for i in 0..<columns {
        sum += Double(table[a * columns + i]) * Double(table[b * columns + i])
      }
      return sum
    }
    let norms = (0..<rows).map { dot($0, $0).squareRoot() }
    var result = [Float](repeating: 0, count: rows * rows)
    for a in 0..<rows {
      for b in a..<rows where norms[a] > 0 && norms[b] > 0 {
        let cosine = a == b ? 1 : Float(dot(a, b) / (norms[a] * norms[b]))
        (result[a * rows + b], result[b * rows + a]) = (cosine, cosine)
      }
    }
    return result
  }

  /// Mean cosine of positions side by side, and of all different positions: neighbors should be more alike.
  public var means: (neighbors: Double, all: Double) {
    let count = grid * grid
    var (near, nearCount, far, farCount) = (0.0, 0, 0.0, 0)
    for p in 0..<count {
      for q in 0..<count where q != p {
        let cosine = Double(positions[p * count + q])
        (far, farCount) = (far + cosine, farCount + 1)
        if abs(p / grid - q / grid) + abs(p % grid - q % grid) == 1 {
          (near, nearCount) = (near + cosine, nearCount + 1)
        }
      }
    }
    return (near / Double(max(1, nearCount)), far / Double(max(1, farCount)))
  }

  /// The cosines of the scales as a table; nil without scale embedding.
  public func scaleTable(_ explainer: Explainer) -> String? {
    let names = explainer.scaleNames
    guard let scales else { return nil }
    return alignedColumns(
      [["cosine"] + names]
        + names.indices.map { row in
          [names[row]]
            + names.indices.map { brief(Double(scales[row * names.count + $0]), digits: 3) }
        })
  }

  /// The panel: tile (i, j) shows the cosines of position (i, j) with all positions. The colors span the
  /// cosines of different positions; that of a position with itself, 1, has the last color.
  /// - Throws: `FigureError`.
  public func figure(_ colors: ColorMap) throws -> PixelImage {
    let count = grid * grid
    let others = (0..<count * count).filter { $0 / count != $0 % count }.map { positions[$0] }
    let (low, high) = (others.min() ?? 0, others.max() ?? 1)
    let zoom = max(2, 80 / grid)
    let tile = grid * zoom
    let (pitch, left, top) = (tile + 6, 48, 96)
    let side = grid * pitch - 6
    let line = TextStyle.plain.lineHeight
    var figure = try Figure(
      height: top + side + 48 + Figure.colorBarHeight, width: max(left + side + 24, 560))
    figure.write("Cosine of position (row, column)", x: left, y: 12, style: .title)
    figure.write("with all \(count) positions", x: left, y: 42, color: Figure.gray)
    for row in 0..<grid {
      let y = top + row * pitch
      figure.write("\(row)", x: left - 10, y: y + tile / 2 - line / 2, .right)
      figure.write("\(row)", x: left + row * pitch + tile / 2, y: top - line, .center)
      for column in 0..<grid {
        let x = left + column * pitch
        let pixels = (0..<count).flatMap { other -> [UInt8] in
          let cosine = positions[(row * grid + column) * count + other]
          let color = colors(high > low ? (cosine - low) / (high - low) : 0)
          return (0..<3).map { UInt8(color[$0].rounded()) }
        }
        figure.draw(
          PixelImage(height: grid, width: grid, pixels: pixels), x: x, y: y, zoom: zoom)
      }
    }
    figure.colorBar(
      colors, x: left..<left + min(side, 400), y: top + side + 24,
      low: brief(Double(low), digits: 3),
      high: brief(Double(high), digits: 3))
    return figure.image
  }
}
