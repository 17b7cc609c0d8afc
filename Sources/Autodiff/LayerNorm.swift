// y = (x − μ) / √(σ² + ε) · scale + bias, per row

import Kernels

struct LayerNormOperation: Differentiable {
  let x: Variable
  let scale: ParameterReference
  let bias: ParameterReference
  let mean: UnsafeMutablePointer<Float>
  let inverseDeviation: UnsafeMutablePointer<Float>
  let y: Variable

  /// See `layerNormBackward`.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    let (target, accumulate) = tape.gradientTargetOrDiscard(of: x)
    layerNormBackward(
      xGradient: target, scaleGradient: tape.gradient(of: scale),
      biasGradient: tape.gradient(of: bias), yGradient: yGradient, x: x.value,
      scale: tape.value(of: scale), mean: mean, inverseDeviation: inverseDeviation,
      rows: x.rows, columns: x.columns, accumulate: accumulate)
  }
}

extension Tape {
  /// Layer normalisation over the columns.
  /// - Parameters:
  ///   - x: `[rows, columns]`.
  ///   - scale, bias: `[columns]`.
  ///   - operandOnly: nothing but matrix products will read the result.
  public func layerNorm(
    _ x: Variable, scale: ParameterReference, bias: ParameterReference, epsilon: Float,
    operandOnly: Bool = false
  ) -> Variable {
    let y = output(rows: x.rows, columns: x.columns, operandOnly: operandOnly)
    let (mean, inverseDeviation) = (scratch(x.rows), scratch(x.rows))
    withResult(y) { values in
      layerNormForward(
        y: values, mean: mean, inverseDeviation: inverseDeviation, x: x.value,
        scale: value(of: scale), bias: value(of: bias), rows: x.rows, columns: x.columns,
        epsilon: epsilon)
    }
    record(
      .layerNorm(
        LayerNormOperation(
          x: x, scale: scale, bias: bias, mean: mean, inverseDeviation: inverseDeviation, y: y)))
    return y
  }
}
