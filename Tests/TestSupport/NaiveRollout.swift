// Attention rollout by its definition: all N × N matrices of all layers, multiplied.

/// A square matrix, row-major.
public typealias NaiveMatrix = [[Double]]

extension Naive {
  /// Mean over `heads` of softmax(Q Kᵀ / √K), `[rows, rows]`.
  public static func attentionMatrix(
    queries: [Double], keys: [Double], heads: Range<Int>, headCount: Int, columns: Int
  ) -> NaiveMatrix {
    let size = columns / headCount
    func row(_ x: [Double], _ i: Int, _ head: Int) -> ArraySlice<Double> {
      x[i * columns + head * size..<i * columns + (head + 1) * size]
    }
    return (0..<queries.count / columns).map { i in
      var mean = [Double](repeating: 0, count: keys.count / columns)
      for head in heads {
        let scores = mean.indices.map { j in
          zip(row(queries, i, head), row(keys, j, head)).reduce(0) { $0 + $1.0 * $1.1 }
            / Double(size).squareRoot()
        }
        for (j, p) in softmax(scores).enumerated() { mean[j] += p / Double(heads.count) }
      }
      return mean
    }
  }

  /// B_L · … · B₁ with B = (A + I) / 2; `matrices` from the first layer to the last.
  public static func rollout(_ matrices: [NaiveMatrix]) -> NaiveMatrix {
    let n = matrices[0].count
    var product = (0..<n).map { i in (0..<n).map { $0 == i ? 1.0 : 0 } }
    for a in matrices {
      let b = (0..<n).map { i in (0..<n).map { (a[i][$0] + ($0 == i ? 1 : 0)) / 2 } }
      product = (0..<n).map { i in
        (0..<n).map { j in (0..<n).reduce(0) { $0 + b[i][$1] * product[$1][j] } }
      }
    }
    return product
  }
}
