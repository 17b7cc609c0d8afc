// O = softmax(Q Kᵀ / √K + M) V, per image and head

import Kernels

struct AttentionOperation: Differentiable {
  let queries: Variable
  let keys: Variable
  let values: Variable
  let shape: AttentionShape
  let logSumExp: UnsafeMutablePointer<Float>
  let y: Variable

  /// See `attentionBackward`.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    guard let q = tape.gradientTarget(of: queries), let k = tape.gradientTarget(of: keys),
      let v = tape.gradientTarget(of: values)
    else { return }
    tape.withWorkspace(shape.backwardScratchCount) { workspace in
      attentionBackward(
        queriesGradient: q.pointer, keysGradient: k.pointer, valuesGradient: v.pointer,
        outputGradient: yGradient, output: y.value, logSumExp: logSumExp, queries: queries.value,
        keys: keys.value, values: values.value, shape: shape, scratch: workspace,
        accumulate: (q.accumulate, k.accumulate, v.accumulate))
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
