// y = act(groupNorm(x)), per patch

import Kernels

/// Parameters and constants of one group normalisation.
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
}

struct GroupNormOperation: Differentiable {
  let x: Variable
  let parameters: GroupNormParameters
  let shape: GroupNormShape
  let rectify: Bool
  let mean: UnsafeMutablePointer<Float>
  let inverseDeviation: UnsafeMutablePointer<Float>
  let y: Variable

  /// See `groupNormBackward`.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    let x = tape.gradientTargetOrDiscard(of: x)
    tape.withValues(of: y) { values in
      tape.withWorkspace(shape.scratchCount) { workspace in
        groupNormBackward(
          xGradient: x.pointer, scaleGradient: tape.gradient(of: parameters.scale),
          biasGradient: tape.gradient(of: parameters.bias),
          residualGradient: nil, yGradient: yGradient, y: values, x: self.x.value,
          scale: tape.value(of: parameters.scale), mean: mean,
          inverseDeviation: inverseDeviation, shape: shape, rectify: rectify,
          accumulate: x.accumulate, accumulateResidual: false,
          scratch: workspace)
      }
    }
  }
}

extension Tape {
  /// Group normalisation, optionally rectified.
  /// - Parameters:
  ///   - x: `[patches · positions, channels]`.
  ///   - target: where the result goes, a view with as many values; nil: a new variable shaped as x.
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
    let mean = scratch(shape.patches * shape.groups)
    let inverseDeviation = scratch(shape.patches * shape.groups)
    withResult(y) { values in
      withWorkspace(shape.scratchCount) { workspace in
        groupNormForward(
          y: values, mean: mean, inverseDeviation: inverseDeviation, x: x.value,
          scale: value(of: parameters.scale), bias: value(of: parameters.bias),
          residual: nil, shape: shape, epsilon: parameters.epsilon, rectify: rectify,
          scratch: workspace)
      }
    }
    record(
      .groupNorm(
        GroupNormOperation(
          x: x, parameters: parameters, shape: shape, rectify: rectify, mean: mean,
          inverseDeviation: inverseDeviation, y: y)))
    return y
  }
}
