// y = (x − μ) / √(σ² + ε) · scale + bias, per row

import Kernels

struct LayerNormOperation: Differentiable {
  let x: Variable
  let scale: ParameterReference
  let bias: ParameterReference
  let statistics: NormStatistics
  let y: Variable

  /// See `layerNormBackward`.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    let gradients = NormGradients(
      x: tape.gradientTargetOrDiscard(of: x), scale: tape.gradient(of: scale),
      bias: tape.gradient(of: bias))
    layerNormBackward(
      gradients, yGradient: yGradient, x: x.value, scale: tape.value(of: scale),
      statistics: statistics, rows: x.rows, columns: x.columns)
  }
}

extension Tape {
  /// Layer normalization over the columns.
  /// - Parameters:
  ///   - x: `[rows, columns]`.
  ///   - scale, bias: `[columns]`.
  ///   - operandOnly: nothing but matrix products will read the result.
  public func layerNorm(
    _ x: Variable, scale: ParameterReference, bias: ParameterReference, epsilon: Float,
    operandOnly: Bool = false
  ) -> Variable {
    let y = output(rows: x.rows, columns: x.columns, operandOnly: operandOnly)
    let statistics = normStatistics(x.rows)
    withResult(y) { values in
      layerNormForward(
        y: values, statistics: statistics, x: x.value,
        parameters: NormParameters(
          scale: value(of: scale), bias: value(of: bias), epsilon: epsilon),
        rows: x.rows, columns: x.columns)
    }
    record(
      .layerNorm(
        LayerNormOperation(
          x: x, scale: scale, bias: bias, statistics: statistics, y: y)))
    return y
  }

  /// Memory for `count` means and deviations that lives until `reset`.
  func normStatistics(_ count: Int) -> NormStatistics {
    NormStatistics(mean: scratch(count), inverseDeviation: scratch(count))
  }
}
