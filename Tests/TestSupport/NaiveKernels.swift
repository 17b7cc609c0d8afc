// Twins of the kernels as textbook loops in Double: no vectors, no blocking, no reuse of memory.

#if canImport(Glibc)
  import Glibc
#endif

/// What every kernel should compute. Names and shapes are those of the kernels; tensors are row-major
/// arrays, and results are returned.
public enum Naive {
  /// scale · A B + C with A `[m, k]` or its transpose, B `[k, n]` or its transpose, rows `strides`
  /// apart; C and the result `[m, n]` without gaps.
  public static func product(
    _ a: [Double], _ b: [Double], rows m: Int, columns n: Int, inner k: Int,
    strides: (a: Int, b: Int), transposed: (a: Bool, b: Bool) = (false, false), scale: Double = 1,
    adding c: [Double]? = nil
  ) -> [Double] {
    var result = c ?? [Double](repeating: 0, count: m * n)
    for i in 0..<m {
      for j in 0..<n {
        for l in 0..<k {
          let x = transposed.a ? a[l * strides.a + i] : a[i * strides.a + l]
          let y = transposed.b ? b[j * strides.b + l] : b[l * strides.b + j]
          result[i * n + j] += scale * x * y
        }
      }
    }
    return result
  }

  /// x W + bias + residual. x `[rows, inputs]`, w `[inputs, outputs]`.
  public static func linear(
    _ x: [Double], _ w: [Double], bias: [Double]? = nil, residual: [Double]? = nil, rows: Int,
    inputs: Int, outputs: Int
  ) -> [Double] {
    product(
      x, w, rows: rows, columns: outputs, inner: inputs, strides: (inputs, outputs),
      adding: filledRows(bias: bias, residual: residual, rows: rows, columns: outputs))
  }

  /// bias in every row, plus residual. Result `[rows, columns]`.
  public static func filledRows(
    bias: [Double]?, residual: [Double]?, rows: Int, columns: Int
  ) -> [Double] {
    (0..<rows * columns).map { i in
      (bias.map { $0[i % columns] } ?? 0) + (residual.map { $0[i] } ?? 0)
    }
  }

  /// Σ over rows of g `[rows, columns]`.
  public static func columnSums(_ g: [Double], rows: Int, columns: Int) -> [Double] {
    (0..<columns).map { c in (0..<rows).reduce(0) { $0 + g[$1 * columns + c] } }
  }

  /// gelu(x + bias), tanh form, by its definition.
  public static func biasGELU(_ x: [Double], bias: [Double], columns: Int) -> [Double] {
    x.enumerated().map { i, value in
      let h = value + bias[i % columns]
      return h / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (h + 0.044715 * h * h * h)))
    }
  }

  /// e^x / Σ e^x.
  public static func softmax(_ x: [Double]) -> [Double] {
    let largest = x.max() ?? 0
    let e = x.map { exp($0 - largest) }
    let total = e.reduce(0, +)
    return e.map { $0 / total }
  }

  /// The rows of x `[_, columns]` in the given order.
  public static func selectedRows(_ x: [Double], _ rows: [Int], columns: Int) -> [Double] {
    rows.flatMap { x[$0 * columns..<($0 + 1) * columns] }
  }
}
