// The beginning of every convolutional patch encoder (musiq/model/resnet.py):
//   conv 7×7/2 – norm – ReLU – max pool 3×3/2

import Autodiff
import Kernels
import Layers

/// `[patches, P · P · C]` → `[patches · positions, stem]` with a quarter of the side: `conv_root`,
/// `gn_root`.
struct RootLayers: Sendable {
  let convolution: StandardizedConvolution
  let norm: GroupNormalization
  let pool: WindowGeometry

  init(_ c: MUSIQConfiguration, in builder: inout ParameterBuilder) {
    let geometry = Self.geometry(c)
    pool = WindowGeometry(
      side: geometry.outputSide, channels: c.stemChannels, size: 3, stride: 2)
    convolution = StandardizedConvolution(
      "conv_root", geometry: geometry, outputs: c.stemChannels, in: &builder)
    norm = GroupNormalization(
      "gn_root", channels: c.stemChannels, groups: c.groupCount, epsilon: 1e-6, in: &builder)
  }

  /// Positions of one patch after pooling.
  var positions: Int { pool.outputPositions }

  /// Only an observer sees the features before pooling as a variable.
  func callAsFunction(_ patches: Variable, on tape: Tape, observer: ModelObserver?) -> Variable {
    let convolved = convolution(patches, on: tape)
    guard let observer else { return norm.pooled(convolved, geometry: pool, on: tape) }
    let rectified = norm(convolved, positions: convolution.geometry.outputPositions, on: tape)
    observer("root_relu", rectified)
    let pooled = tape.maxPool(rectified, geometry: pool)
    observer("pool", pooled)
    return pooled
  }

  private static func geometry(_ c: MUSIQConfiguration) -> WindowGeometry {
    WindowGeometry(
      side: c.multiscale.patchSize, channels: c.multiscale.channels, size: 7, stride: 2)
  }

  /// Multiply-accumulates per patch, and positions after pooling.
  static func cost(_ c: MUSIQConfiguration) -> (products: Double, positions: Double) {
    let root = geometry(c)
    let side = (root.outputSide + 1) / 2
    return (
      Double(root.outputPositions * root.fieldCount) * Double(c.stemChannels), Double(side * side)
    )
  }
}
