// y = act(groupNorm(x)), per patch

import Kernels

/// Parameters and constants of one group normalization.
public struct GroupNormParameters: Sendable {
  let scale: ParameterReference
  let bias: ParameterReference
  let groups: Int
  let epsilon: Float
  public init(
    scale: ParameterReference, bias: ParameterReference, groups: Int, epsilon: Float
  ) {
    (self.scale, self.bias, self.groups, self.epsilon) = (scale, bias, groups, epsilon)
  }

  /// What the forward kernel reads.
  func values(on tape: Tape) -> NormParameters {
    NormParameters(
      scale: tape.value(of: scale), bias: tape.value(of: bias), epsilon: epsilon)
  }

  /// Where the backward kernel writes.
  func gradients(
    x: GradientTarget, residual: GradientTarget? = nil, on tape: Tape
  ) -> NormGradients {
    NormGradients(
      x: x, scale: tape.gradient(of: scale), bias: tape.gradient(of: bias), residual: residual)
  }
}

struct GroupNormOperation: Differentiable {
  let x: Variable
  let parameters: GroupNormParameters
  let shape: GroupNormShape
  let rectify: Bool
  let statistics: NormStatistics
  let y: Variable

  /// See `groupNormBackward`.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    let gradients = parameters.gradients(x: tape.gradientTargetOrDiscard(of: x), on: tape)
    tape.withValues(of: y) { values in
      let inputs = GroupNormInputs(
        yGradient: yGradient, rectified: rectify ? values : nil, x: x.value,
        scale: tape.value(of: parameters.scale), statistics: statistics)
      tape.withWorkspace(shape.scratchCount) { workspace in
        groupNormBackward(gradients, of: inputs, shape: shape, scratch: workspace)
      }
    }
  }
}

extension Tape {
  /// Group normalization, optionally rectified.
  /// - Parameters:
  ///   - x: `[patches · positions, channels]`.
  ///   - target: where the result goes, a view with as many values; nil: a new variable shaped as
  ///     x.
  @discardableResult
  public func groupNorm(
    _ x: Variable, _ parameters: GroupNormParameters, positions: Int, rectify: Bool,
    into target: Variable? = nil
  ) -> Variable {
    precondition(
      target == nil || target?.count == x.count, "expected \(x.count), got \(target?.count ?? 0)")
    let shape = GroupNormShape(
      patches: x.rows / positions, positions: positions, channels: x.columns,
      groups: parameters.groups)
    let y = target ?? output(rows: x.rows, columns: x.columns)
    let statistics = normStatistics(shape.patches * shape.groups)
    withResult(y) { values in
      withWorkspace(shape.scratchCount) { workspace in
        groupNormForward(
          y: values, statistics: statistics, x: x.value, parameters: parameters.values(on: self),
          residual: nil, shape: shape, rectify: rectify, scratch: workspace)
      }
    }
    record(
      .groupNorm(
        GroupNormOperation(
          x: x, parameters: parameters, shape: shape, rectify: rectify, statistics: statistics,
          y: y)))
    return y
  }
}
