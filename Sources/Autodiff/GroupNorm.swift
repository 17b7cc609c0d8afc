// y = act(groupNorm(x) + residual), per patch

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
  let residual: Variable?
  let parameters: GroupNormParameters
  let shape: GroupNormShape
  let rectify: Bool
  let mean: UnsafeMutablePointer<Float>
  let inverseDeviation: UnsafeMutablePointer<Float>
  let y: Variable

  /// See `groupNormBackward`.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    let x = tape.gradientTargetOrDiscard(of: x)
    let residualTarget = residual.flatMap(tape.gradientTarget(of:))
    tape.withWorkspace(shape.scratchCount) { workspace in
      groupNormBackward(
        xGradient: x.pointer, scaleGradient: tape.gradient(of: parameters.scale),
        biasGradient: tape.gradient(of: parameters.bias),
        residualGradient: residualTarget?.pointer, yGradient: yGradient, y: y.value,
        x: self.x.value, scale: tape.value(of: parameters.scale), mean: mean,
        inverseDeviation: inverseDeviation, shape: shape, rectify: rectify,
        accumulate: x.accumulate, accumulateResidual: residualTarget?.accumulate ?? false,
        scratch: workspace)
    }
  }
}

extension Tape {
  /// Group normalisation with an optional residual and ReLU.
  /// - Parameters:
  ///   - x, residual: `[patches · positions, channels]`.
  ///   - target: where the result goes, when it is part of a larger variable.
  public func groupNorm(
    _ x: Variable, _ parameters: GroupNormParameters, positions: Int,
    addingTo residual: Variable? = nil, rectify: Bool, into target: Variable? = nil
  ) -> Variable {
    let shape = GroupNormShape(
      patches: x.rows / positions, positions: positions, channels: x.columns,
      groups: parameters.groups)
    let y = target ?? output(rows: x.rows, columns: x.columns)
    precondition(y.count == x.count, "group norm target has \(y.count) values, expected \(x.count)")
    let mean = scratch(shape.patches * shape.groups)
    let inverseDeviation = scratch(shape.patches * shape.groups)
    withWorkspace(shape.scratchCount) { workspace in
      groupNormForward(
        y: y.value, mean: mean, inverseDeviation: inverseDeviation, x: x.value,
        scale: value(of: parameters.scale), bias: value(of: parameters.bias),
        residual: residual.map { UnsafePointer($0.value) }, shape: shape,
        epsilon: parameters.epsilon, rectify: rectify, scratch: workspace)
    }
    record(
      .groupNorm(
        GroupNormOperation(
          x: x, residual: residual, parameters: parameters, shape: shape, rectify: rectify,
          mean: mean, inverseDeviation: inverseDeviation, y: y)))
    return y
  }
}
