// Convolution whose kernel is standardized before use (Qiao et al. 2019; official MUSIQ code).

import Autodiff
import Kernels
import Tensors

/// y = x ∗ ŵ on every patch, without bias, with ŵ the standardized kernel.
///
/// ŵ is prepared once per step for all images (`prepare`), and because its pullback is linear, the
/// gradients of all images of a shard are added first and pulled back once (`finishGradient`).
public struct StandardizedConvolution: Sendable {
  let kernel: ParameterReference
  let weight: WeightSource
  let preparedOffset: Int
  public let geometry: WindowGeometry

  /// Channels of the result.
  public var outputs: Int { kernel.columns }

  /// Declares `name/kernel`, HWIO, lecun-normal.
  public init(
    _ name: String, geometry: WindowGeometry, outputs: Int, in builder: inout ParameterBuilder
  ) {
    let size = geometry.size
    kernel = builder.declare(
      "\(name)/kernel", shape: [size, size, geometry.channels, outputs],
      rows: geometry.fieldCount, columns: outputs, .lecunNormal)
    preparedOffset = builder.reservePrepared(kernel.count)
    weight = WeightSource(kernel, preparedOffset: preparedOffset)
    self.geometry = geometry
  }

  /// x: `[patches · side², channels]` → `[patches · outputSide², outputs]`. A 1 × 1 convolution is
  /// a plain matrix product.
  public func callAsFunction(_ x: Variable, on tape: Tape) -> Variable {
    geometry.size == 1 && geometry.stride == 1
      ? tape.linear(x, weight: weight) : tape.convolution(x, weight: weight, geometry: geometry)
  }

  /// This 1 × 1 convolution and the normalization behind it, for operations that run both.
  public func followed(by norm: GroupNormalization) -> NormalizedProjection {
    precondition(geometry.size == 1 && geometry.stride == 1, "expected a 1 × 1 convolution")
    return NormalizedProjection(weight: weight, norm: norm.parameters)
  }

  /// Writes ŵ to its place in the prepared store.
  public func prepare(
    from parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>
  ) {
    standardizeWeightsForward(
      standardized: prepared + preparedOffset, w: parameters + kernel.offset, fanIn: kernel.rows,
      outputs: kernel.columns)
  }

  /// Turns the summed gradient of ŵ, which the tape left in the kernel's place, into that of w.
  public func finishGradient(
    _ gradients: UnsafeMutablePointer<Float>, parameters: UnsafePointer<Float>
  ) {
    standardizeWeightsBackward(
      gradient: gradients + kernel.offset, w: parameters + kernel.offset, fanIn: kernel.rows,
      outputs: kernel.columns)
  }
}
