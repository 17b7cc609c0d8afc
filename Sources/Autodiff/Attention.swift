// O = softmax(Q Kᵀ / √K + M) V, per image and head

import Kernels

#if canImport(Glibc)
  import Glibc
#endif

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
    let q = tape.gradientTargetOrDiscard(of: queries)
    let k = tape.gradientTargetOrDiscard(of: keys)
    let v = tape.gradientTargetOrDiscard(of: values)
    // The kernel works block by block. If a variable has two roles, what one role has written would be
    // overwritten by the next block of the other: begin from zero and only add.
    let isShared = q.pointer == k.pointer || k.pointer == v.pointer || q.pointer == v.pointer
    if isShared {
      for (target, variable) in [(q, queries), (k, keys), (v, values)] where !target.accumulate {
        memset(target.pointer, 0, variable.count * MemoryLayout<Float>.stride)
      }
    }
    let gradients = AttentionGradients(
      queries: q.pointer, keys: k.pointer, values: v.pointer,
      accumulate: (
        isShared || q.accumulate, isShared || k.accumulate, isShared || v.accumulate
      ))
    tape.withOperand(yGradient, rows: y.rows, columns: y.columns) { upstream in
      tape.withWorkspace(shape.backwardScratchCount) { workspace in
        attentionBackward(
          gradients, outputGradient: yGradient, outputGradientOperand: upstream, output: y.value,
          logSumExp: logSumExp, operands: operands(on: tape), shape: shape, scratch: workspace)
      }
    }
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
