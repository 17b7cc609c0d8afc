// Normalization layers with the official parameter names `scale` and `bias`.

import Autodiff
import Kernels
import Tensors

/// y = (x − μ)/√(σ² + ε) · scale + bias over the features of each token.
public struct LayerNormalization: Sendable {
  let scale: ParameterReference
  let bias: ParameterReference
  let epsilon: Float

  /// Declares `name/scale` (ones) and `name/bias` (zeros), both `[size]`.
  public init(_ name: String, size: Int, epsilon: Float, in builder: inout ParameterBuilder) {
    scale = builder.declare("\(name)/scale", shape: [size], .ones)
    bias = builder.declare("\(name)/bias", shape: [size], .zeros)
    self.epsilon = epsilon
  }

  /// x, result: `[tokens, size]`.
  /// - Parameter operandOnly: nothing but matrix products will read the result.
  public func callAsFunction(
    _ x: Variable, operandOnly: Bool = false, on tape: Tape
  ) -> Variable {
    tape.layerNorm(x, scale: scale, bias: bias, epsilon: epsilon, operandOnly: operandOnly)
  }
}

/// Group normalization of the features of each patch, statistics over positions and channels of a
/// group.
public struct GroupNormalization: Sendable {
  let parameters: GroupNormParameters

  /// Declares `name/scale` and `name/bias`, both `[1, 1, 1, channels]`.
  /// - Parameter initialScale: zeros for the last normalization of a residual branch, which then
  ///   begins as the identity.
  public init(
    _ name: String, channels: Int, groups: Int, epsilon: Float, initialScale: Initializer = .ones,
    in builder: inout ParameterBuilder
  ) {
    let shape = [1, 1, 1, channels]
    parameters = GroupNormParameters(
      scale: builder.declare("\(name)/scale", shape: shape, initialScale),
      bias: builder.declare("\(name)/bias", shape: shape, .zeros), groups: groups,
      epsilon: epsilon)
  }

  /// relu(norm(x)), in `target` when given. x: `[patches · positions, channels]`.
  @discardableResult
  public func callAsFunction(
    _ x: Variable, positions: Int, into target: Variable? = nil, on tape: Tape
  ) -> Variable {
    tape.groupNorm(x, parameters, positions: positions, rectify: true, into: target)
  }

  /// maxPool(relu(norm(x))) without keeping what lies between.
  public func pooled(_ x: Variable, geometry: WindowGeometry, on tape: Tape) -> Variable {
    tape.pooledGroupNorm(x, parameters, geometry: geometry)
  }
}
