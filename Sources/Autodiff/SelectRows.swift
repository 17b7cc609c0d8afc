// y = x[rows]: the class tokens of a micro-batch

import Kernels

#if canImport(Glibc)
  import Glibc
#endif

struct SelectRowsOperation: Differentiable {
  let x: Variable
  let rows: UnsafePointer<Int>
  let y: Variable

  /// ∂x[rows[i]] += ∂y[i], zero elsewhere.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    guard let (target, accumulate) = tape.gradientTarget(of: x) else { return }
    if !accumulate { memset(target, 0, x.count * MemoryLayout<Float>.stride) }
    for row in 0..<y.rows {
      add(yGradient + row * y.columns, to: target + rows[row] * y.columns, count: y.columns)
    }
  }
}

extension Tape {
  /// The given rows of x. `rows` must stay alive until `reset`.
  public func selectRows(_ x: Variable, _ rows: UnsafePointer<Int>, count: Int) -> Variable {
    let y = output(rows: count, columns: x.columns)
    for row in 0..<count {
      copy(
        x.value + rows[row] * x.columns, to: y.value + row * x.columns, count: x.columns,
        accumulate: false)
    }
    record(.selectRows(SelectRowsOperation(x: x, rows: rows, y: y)))
    return y
  }
}
