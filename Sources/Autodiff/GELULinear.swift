// y = gelu(x + b) W + c (+ residual): the second half of an MLP.

import Kernels

struct GELULinearOperation: Differentiable {
  let x: Variable
  let inputBias: ParameterReference
  let residual: Variable?
  let weight: WeightSource
  let bias: ParameterReference
  let y: Variable

  /// With a = gelu(x + b), computed again rather than kept (it would be the largest activation of a
  /// block):  ∂W += aᵀ ∂y;  ∂c += Σ rows of ∂y;  ∂a = ∂y Wᵀ;  ∂x = ∂a gelu′(x + b);  ∂b += Σ rows
  /// of ∂x; ∂residual = ∂y.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    let (rows, inner, outputs) = (x.rows, x.columns, y.columns)
    let target = tape.gradientTargetOrDiscard(of: x)
    precondition(!target.accumulates, "the pre-activation has one consumer")
    tape.withOperand(yGradient, rows: rows, columns: outputs) { upstream in
      tape.withActivation(of: x, bias: inputBias) { activation in
        tape.addGradient(of: weight, x: activation, yGradient: upstream)
      }
      // The gradient of the activation goes where that of x will be: the last pass is elementwise.
      multiply(
        upstream, tape.operand(of: weight).transposed, into: x.matrix(at: target.pointer))
    }
    biasGELUBackward(
      target, yGradient: target.pointer, x: x.value, bias: tape.value(of: inputBias), rows: rows,
      columns: inner)
    addColumnSums(of: target.pointer, to: tape.gradient(of: inputBias), rows: rows, columns: inner)
    addColumnSums(of: yGradient, to: tape.gradient(of: bias), rows: rows, columns: outputs)
    if let residual { tape.moveGradient(of: y, to: residual) }
  }
}

extension Tape {
  /// gelu(x + inputBias) W + bias, plus `residual` when given.
  /// - Parameters:
  ///   - x: `[rows, inner]`, consumed by nothing else.
  ///   - weight: `[inner, outputs]`.
  ///   - residual: `[rows, outputs]`.
  /// - Returns: `[rows, outputs]`.
  public func geluLinear(
    _ x: Variable, inputBias: ParameterReference, weight: WeightSource, bias: ParameterReference,
    addingTo residual: Variable? = nil
  ) -> Variable {
    precondition(x.columns == weight.parameter.rows, "geluLinear: [_, \(x.columns)] does not fit")
    let y = output(rows: x.rows, columns: weight.parameter.columns)
    fillRows(
      y.value, bias: value(of: bias), residual: residual.map { UnsafePointer($0.value) },
      rows: y.rows, columns: y.columns)
    withActivation(of: x, bias: inputBias) { activation in
      multiply(activation, operand(of: weight), into: y.matrix(at: y.value), accumulates: true)
    }
    record(
      .geluLinear(
        GELULinearOperation(
          x: x, inputBias: inputBias, residual: residual, weight: weight, bias: bias, y: y)))
    return y
  }

  /// Runs `body` with gelu(x + bias) as operand; it lives as long as `body` runs.
  fileprivate func withActivation(
    of x: Variable, bias: ParameterReference, _ body: (MatrixView) -> Void
  ) {
    withWorkspace(x.count) { workspace in
      biasGELUForward(
        y: workspace, x: x.value, bias: value(of: bias), rows: x.rows, columns: x.columns)
      withOperand(workspace, rows: x.rows, columns: x.columns, body)
    }
  }
}
