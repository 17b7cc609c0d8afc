// y = x[rows]: the class tokens of a micro-batch

import Kernels

struct SelectRowsOperation: Differentiable {
  let x: Variable
  let rows: UnsafePointer<Int>
  let y: Variable

  /// ∂x[rows[i]] += ∂y[i], zero elsewhere.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    guard let xGradient = tape.gradientSum(of: x) else { return }
    for row in 0..<y.rows {
      add(yGradient + row * y.columns, to: xGradient + rows[row] * y.columns, count: y.columns)
    }
  }
}

extension Tape {
  /// The given rows of x. `rows` must stay alive until `reset`.
  public func selectRows(_ x: Variable, _ rows: UnsafePointer<Int>, count: Int) -> Variable {
    let y = output(rows: count, columns: x.columns)
    for row in 0..<count {
      copy(x.value + rows[row] * x.columns, to: y.value + row * x.columns, count: x.columns)
    }
    record(.selectRows(SelectRowsOperation(x: x, rows: rows, y: y)))
    return y
  }
}
