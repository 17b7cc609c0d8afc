// y = x W + b (+ residual)

import Kernels

struct LinearOperation: Differentiable {
  let x: Variable
  let residual: Variable?
  let weight: WeightSource
  let bias: ParameterReference?
  let trainsBias: Bool
  let y: Variable

  /// ∂x = ∂y Wᵀ;  ∂W += xᵀ ∂y;  ∂b += Σ rows of ∂y;  ∂residual = ∂y.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    let target = tape.gradientTarget(of: x)
    tape.withOperand(yGradient, rows: y.rows, columns: y.columns) { upstream in
      tape.addGradient(of: weight, x: tape.operand(of: x), yGradient: upstream)
      guard let target else { return }
      multiply(
        upstream, tape.operand(of: weight).transposed, into: x.matrix(at: target.pointer),
        accumulates: target.accumulates)
    }
    if let bias, trainsBias {
      addColumnSums(of: yGradient, to: tape.gradient(of: bias), rows: y.rows, columns: y.columns)
    }
    if let residual { tape.moveGradient(of: y, to: residual) }
  }
}

/// A weight matrix: a parameter as it is, or a value prepared from it once per step. In both cases
/// the gradient goes to the parameter's place; `WeightStandardization` turns it into the
/// parameter's own.
public struct WeightSource: Sendable {
  let parameter: ParameterReference
  let preparedOffset: Int?

  public init(_ parameter: ParameterReference, preparedOffset: Int? = nil) {
    self.parameter = parameter
    self.preparedOffset = preparedOffset
  }

  func value(on tape: Tape) -> UnsafePointer<Float> {
    guard let preparedOffset else { return tape.value(of: parameter) }
    guard let prepared = tape.prepared else { preconditionFailure("no prepared weights") }
    return prepared + preparedOffset
  }
}

extension Tape {
  /// ∂W += xᵀ ∂y. x: `[rows, inputs]`; yGradient: `[rows, outputs]`.
  func addGradient(of weight: WeightSource, x: MatrixView, yGradient: MatrixView) {
    withWorkspace(weightGradientScratchCount(rows: x.rows, inputs: x.columns)) { scratch in
      addWeightGradient(
        gradientMatrix(of: weight.parameter), x: x, yGradient: yGradient, scratch: scratch)
    }
  }

  /// y = x W + b, plus `residual` when given.
  /// - Parameters:
  ///   - x: `[rows, inputs]`.
  ///   - weight: `[inputs, outputs]`.
  ///   - bias: `[outputs]`; without a gradient if `trainsBias` is false.
  ///   - residual: `[rows, outputs]`.
  ///   - operandOnly: nothing but matrix products will read the result.
  /// - Returns: `[rows, outputs]`.
  /// - Cost: 2 · rows · inputs · outputs FLOPs forward, twice that backward.
  public func linear(
    _ x: Variable, weight: WeightSource, bias: ParameterReference? = nil,
    trainsBias: Bool = true, addingTo residual: Variable? = nil, operandOnly: Bool = false
  ) -> Variable {
    let (inputs, outputs) = (weight.parameter.rows, weight.parameter.columns)
    precondition(x.columns == inputs, "linear: expected [_, \(inputs)], got [_, \(x.columns)]")
    let y = output(rows: x.rows, columns: outputs, operandOnly: operandOnly)
    let isPrefilled = bias != nil || residual != nil
    let input = operand(of: x)
    withResult(y) { values in
      if isPrefilled {
        fillRows(
          values, bias: bias.map(value(of:)), residual: residual.map { UnsafePointer($0.value) },
          rows: y.rows, columns: outputs)
      }
      multiply(
        input, operand(of: weight), into: y.matrix(at: values), accumulates: isPrefilled)
    }
    record(
      .linear(
        LinearOperation(
          x: x, residual: residual, weight: weight, bias: bias, trainsBias: trainsBias, y: y)))
    return y
  }
}
