// Twins of the kernels that move a window over square patches `[side, side, channels]`.

extension Naive {
  /// A square window with TensorFlow's SAME padding: the output has ⌈side / stride⌉ positions per
  /// axis, and the odd row of padding goes behind the last.
  public struct Window: Sendable {
    public var side, channels, size, stride: Int
    public init(side: Int, channels: Int, size: Int, stride: Int) {
      (self.side, self.channels) = (side, channels)
      (self.size, self.stride) = (size, stride)
    }
    public var outputSide: Int { (side + stride - 1) / stride }
    public var inputCount: Int { side * side * channels }
    public var fieldCount: Int { size * size * channels }
    public var outputPositions: Int { outputSide * outputSide }
    var before: Int { max(0, (outputSide - 1) * stride + size - side) / 2 }

    /// The input row (or column) that tap `k` of output `o` reads, or nil in the padding.
    func input(_ o: Int, _ k: Int) -> Int? {
      let i = o * stride + k - before
      return (0..<side).contains(i) ? i : nil
    }
  }

  /// Receptive fields `[outputPositions, size · size · channels]` of one patch; padding is 0.
  public static func unfolded(_ x: [Double], _ g: Window) -> [Double] {
    var fields: [Double] = []
    for oy in 0..<g.outputSide {
      for ox in 0..<g.outputSide {
        for ky in 0..<g.size {
          for kx in 0..<g.size {
            for c in 0..<g.channels {
              guard let iy = g.input(oy, ky), let ix = g.input(ox, kx) else {
                fields.append(0)
                continue
              }
              fields.append(x[(iy * g.side + ix) * g.channels + c])
            }
          }
        }
      }
    }
    return fields
  }

  /// Direct convolution of all patches with an HWIO kernel, by its definition.
  public static func convolution(
    _ x: [Double], _ w: [Double], _ g: Window, outputs: Int
  ) -> [Double] {
    var y: [Double] = []
    for patch in 0..<x.count / g.inputCount {
      for oy in 0..<g.outputSide {
        for ox in 0..<g.outputSide {
          var sums = [Double](repeating: 0, count: outputs)
          for ky in 0..<g.size {
            for kx in 0..<g.size {
              guard let iy = g.input(oy, ky), let ix = g.input(ox, kx) else { continue }
              for c in 0..<g.channels {
                let value = x[patch * g.inputCount + (iy * g.side + ix) * g.channels + c]
                let tap = ((ky * g.size + kx) * g.channels + c) * outputs
                for o in 0..<outputs { sums[o] += value * w[tap + o] }
              }
            }
          }
          y += sums
        }
      }
    }
    return y
  }

  /// Maximum over each window of all patches.
  public static func maxPool(_ x: [Double], _ g: Window) -> [Double] {
    var y: [Double] = []
    for patch in 0..<x.count / g.inputCount {
      for oy in 0..<g.outputSide {
        for ox in 0..<g.outputSide {
          for c in 0..<g.channels {
            var best = -Double.infinity
            for ky in 0..<g.size {
              for kx in 0..<g.size {
                guard let iy = g.input(oy, ky), let ix = g.input(ox, kx) else { continue }
                best = max(
                  best, x[patch * g.inputCount + (iy * g.side + ix) * g.channels + c])
              }
            }
            y.append(best)
          }
        }
      }
    }
    return y
  }
}
