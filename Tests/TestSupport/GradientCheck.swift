// Gradients without calculus: central differences of a twin in Double.

/// Σ w·y: turns a tensor into the scalar whose gradient is compared. Random `w` weigh every output
/// differently, so that errors cannot cancel by symmetry as they would under a plain sum.
public func projection(_ y: [Double], _ w: [Double]) -> Double {
  precondition(y.count == w.count, "expected \(w.count) values, got \(y.count)")
  return zip(y, w).reduce(0) { $0 + $1.0 * $1.1 }
}

/// Distance of central differences. Their truncation error is about step² ≈ 1e-10 and their rounding
/// error 1e-16 / step ≈ 1e-11, both far below the 1e-7 of a Float.
public let differenceStep = 1e-5

/// ∂f/∂x at `entries` (all by default), as (f(x + h) − f(x − h)) / 2h.
/// - Cost: two evaluations of `f` per entry.
public func numericalGradient(
  at x: [Double], entries: [Int]? = nil, of f: ([Double]) -> Double
) -> [Double] {
  var x = x
  return (entries ?? Array(x.indices)).map { index in
    let center = x[index]
    x[index] = center + differenceStep
    let above = f(x)
    x[index] = center - differenceStep
    let below = f(x)
    x[index] = center
    return (above - below) / (2 * differenceStep)
  }
}

/// At most `limit` of `0 ..< count`, first and last included, evenly spread.
public func sampledEntries(_ count: Int, limit: Int = 24) -> [Int] {
  guard count > limit else { return Array(0..<count) }
  return (0..<limit).map { $0 * (count - 1) / (limit - 1) }
}

extension Array {
  /// The elements at `indices`.
  public func at(_ indices: [Int]) -> [Element] { indices.map { self[$0] } }
}
