// y = gelu(x + b)

import Kernels

struct BiasGELUOperation: Differentiable {
  let x: Variable
  let bias: ParameterReference
  let y: Variable

  /// ∂x = ∂y gelu′(x + b);  ∂b += Σ rows of ∂x.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    let (target, accumulate) = tape.gradientTargetOrDiscard(of: x)
    precondition(!accumulate, "the pre-activation has one consumer")
    biasGELUBackward(
      xGradient: target, yGradient: yGradient, x: x.value, bias: tape.value(of: bias),
      rows: x.rows, columns: x.columns, accumulate: false)
    addColumnSums(of: target, to: tape.gradient(of: bias), rows: x.rows, columns: x.columns)
  }
}

extension Tape {
  /// gelu(x + bias), tanh form.
  /// - Parameters: x `[rows, columns]`; bias `[columns]`.
  public func biasGELU(_ x: Variable, bias: ParameterReference) -> Variable {
    let y = output(rows: x.rows, columns: x.columns)
    biasGELUForward(
      y: y.value, x: x.value, bias: value(of: bias), rows: x.rows, columns: x.columns)
    record(.biasGELU(BiasGELUOperation(x: x, bias: bias, y: y)))
    return y
  }
}
