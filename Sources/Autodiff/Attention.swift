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
    tape.withWorkspace(shape.backwardScratchCount) { workspace in
      attentionBackward(
        queriesGradient: q.pointer, keysGradient: k.pointer, valuesGradient: v.pointer,
        outputGradient: yGradient, output: y.value, logSumExp: logSumExp, queries: queries.value,
        keys: keys.value, values: values.value, shape: shape, scratch: workspace,
        accumulate: (
          isShared || q.accumulate, isShared || k.accumulate, isShared || v.accumulate
        ))
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
    let y = output(rows: queries.rows, columns: queries.columns)
    let logSumExp = scratch(shape.heads * queries.rows)
    withWorkspace(shape.forwardScratchCount) { workspace in
      attentionForward(
        output: y.value, logSumExp: logSumExp, queries: queries.value, keys: keys.value,
        values: values.value, shape: shape, scratch: workspace)
    }
    record(
      .attention(
        AttentionOperation(
          queries: queries, keys: keys, values: values, shape: shape, logSumExp: logSumExp, y: y)))
    return y
  }
}
