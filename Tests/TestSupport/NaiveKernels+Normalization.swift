// Twins of the normalization kernels.

extension Naive {
  /// Mean and population variance.
  private static func moments(_ x: [Double]) -> (mean: Double, variance: Double) {
    let mean = x.reduce(0, +) / Double(x.count)
    return (mean, x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count))
  }

  /// (x − μ) / √(σ² + ε) · scale + bias per row. x `[rows, columns]`; scale, bias `[columns]`.
  public static func layerNorm(
    _ x: [Double], scale: [Double], bias: [Double], epsilon: Double
  ) -> [Double] {
    let columns = scale.count
    return stride(from: 0, to: x.count, by: columns).flatMap { start -> [Double] in
      let row = Array(x[start..<start + columns])
      let (mean, variance) = moments(row)
      return row.indices.map {
        (row[$0] - mean) / (variance + epsilon).squareRoot() * scale[$0] + bias[$0]
      }
    }
  }

  /// Sizes of a group norm.
  public struct Groups: Sendable {
    public var patches, positions, channels, groups: Int
    public init(patches: Int, positions: Int, channels: Int, groups: Int) {
      (self.patches, self.positions) = (patches, positions)
      (self.channels, self.groups) = (channels, groups)
    }
  }

  /// act((x − μ) / √(σ² + ε) · scale + bias + residual), moments per patch and group.
  /// x, residual `[patches, positions, channels]`; scale, bias `[channels]`.
  public static func groupNorm(
    _ x: [Double], scale: [Double], bias: [Double], residual: [Double]? = nil, _ shape: Groups,
    epsilon: Double, rectify: Bool
  ) -> [Double] {
    var y = x
    let width = shape.channels / shape.groups
    for patch in 0..<shape.patches {
      for group in 0..<shape.groups {
        let members = (0..<shape.positions).flatMap { position in
          (0..<width).map {
            (patch * shape.positions + position) * shape.channels + group * width + $0
          }
        }
        let (mean, variance) = moments(members.map { x[$0] })
        for i in members {
          let channel = i % shape.channels
          let value =
            (x[i] - mean) / (variance + epsilon).squareRoot() * scale[channel]
            + bias[channel] + (residual?[i] ?? 0)
          y[i] = rectify ? max(value, 0) : value
        }
      }
    }
    return y
  }

  /// (w − μ) / (σ + 1e-5) per output channel. w `[fanIn, outputs]`.
  public static func standardizedWeights(_ w: [Double], outputs: Int) -> [Double] {
    var result = w
    for output in 0..<outputs {
      let members = Array(stride(from: output, to: w.count, by: outputs))
      let (mean, variance) = moments(members.map { w[$0] })
      for i in members { result[i] = (w[i] - mean) / (variance.squareRoot() + 1e-5) }
    }
    return result
  }
}
