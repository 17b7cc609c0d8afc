// O = softmax(Q Kᵀ / √K + M) V, per image and head

import Kernels

struct AttentionOperation: Differentiable {
  let queries: Variable
  let keys: Variable
  let values: Variable
  let shape: AttentionShape
  let logSumExp: UnsafeMutablePointer<Float>
  let y: Variable

  func operands(on tape: Tape) -> AttentionOperands {
    AttentionOperands(
      queries: tape.operand(of: queries), keys: tape.operand(of: keys),
      values: tape.operand(of: values))
  }

  /// See `attentionBackward`.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    let gradients = gradientTargets(on: tape)
    tape.withOperand(yGradient, rows: y.rows, columns: y.columns) { upstream in
      let result = AttentionResult(
        output: y.value, logSumExp: logSumExp, gradient: yGradient, gradientOperand: upstream)
      tape.withWorkspace(shape.backwardScratchCount) { workspace in
        attentionBackward(
          gradients, of: result, operands: operands(on: tape), shape: shape, scratch: workspace)
      }
    }
  }

  /// The kernel works block by block. If a variable has two roles, what one role has written would
  /// be overwritten by the next block of the other: begin from zero and only add.
  private func gradientTargets(on tape: Tape) -> AttentionGradients {
    let q = tape.gradientTargetOrDiscard(of: queries)
    let k = tape.gradientTargetOrDiscard(of: keys)
    let v = tape.gradientTargetOrDiscard(of: values)
    guard q.pointer == k.pointer || k.pointer == v.pointer || q.pointer == v.pointer else {
      return AttentionGradients(queries: q, keys: k, values: v)
    }
    func sum(_ target: GradientTarget, _ variable: Variable) -> GradientTarget {
      if !target.accumulates { target.pointer.update(repeating: 0, count: variable.count) }
      return GradientTarget(target.pointer, accumulates: true)
    }
    return AttentionGradients(
      queries: sum(q, queries), keys: sum(k, keys), values: sum(v, values))
  }
}

extension Tape {
  /// Multi-head attention; see the kernel for the layout.
  /// - Parameters: queries `[query rows, heads · headSize]`; keys, values `[key rows, …]`.
  /// - Returns: `[query rows, heads · headSize]`.
  public func attention(
    queries: Variable, keys: Variable, values: Variable, shape: AttentionShape
  ) -> Variable {
    let operation = AttentionOperation(
      queries: queries, keys: keys, values: values, shape: shape,
      logSumExp: scratch(shape.heads * queries.rows),
      y: output(rows: queries.rows, columns: queries.columns))
    let operands = operation.operands(on: self)
    withWorkspace(shape.forwardScratchCount) { workspace in
      attentionForward(
        output: operation.y.value, logSumExp: operation.logSumExp, operands: operands,
        shape: shape, scratch: workspace)
    }
    record(.attention(operation))
    return operation.y
  }
}
