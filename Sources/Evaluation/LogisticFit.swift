// The curve between predicted scores and opinion scores that the Video Quality Experts Group fits before
// it correlates, so that a model is not blamed for another scale or a bent one.

import Foundation

/// A monotone curve from scores to opinion scores, by least squares.
///
/// f(x) = β₂ + (β₁ − β₂) / (1 + exp(−(x − β₃) / |β₄|)): the four-parameter logistic of VQEG's final report
/// of FR-TV phase I (2000). Found by the method of Levenberg and Marquardt in Double from
/// β₁ = max y, β₂ = min y (exchanged when the scores fall with the opinions), β₃ = mean x and
/// |β₄| = std x / 4, without random numbers: the same lists give the same bits.
public struct LogisticFit: Equatable, Sendable {
  /// What became of the fit.
  public enum Outcome: String, Equatable, Sendable, Codable {
    case logistic
    /// The search ended at a step or at a constant: fewer than two different scores lie between the
    /// lowest and the highest value, so any width, and any place of the step between two scores, fits as
    /// well. The parameters are where it ended; no figure is taken from such a curve.
    case degenerate
    /// The logistic did not converge: a straight line of least squares stands in.
    case line
    /// Fewer than five pairs, or one list is constant: nothing was fitted.
    case none
  }

  public let outcome: Outcome
  /// β₁ … β₄ of the logistic, also of a degenerate one; intercept and slope of the line; empty for none.
  public let parameters: [Double]
  /// Steps that were tried.
  public let iterations: Int

  /// Fits y ≈ f(x).
  /// - Cost: some ten to a hundred steps of three passes over the pairs.
  public init(_ x: [Double], _ y: [Double]) {
    precondition(x.count == y.count, "expected lists of one length, got \(x.count) and \(y.count)")
    let (u, v) = (Standardized(x), Standardized(y))
    guard x.count > 4, u.deviation > 0, v.deviation > 0, u.deviation.isFinite, v.deviation.isFinite
    else {
      (outcome, parameters, iterations) = (.none, [], 0)
      return
    }
    let slope = zip(u.values, v.values).reduce(0) { $0 + $1.0 * $1.1 } / Double(x.count)
    var curve = LogisticCurve(startingAt: v.values, isFalling: slope < 0)
    let search = curve.descend(u.values, v.values)
    iterations = search.iterations
    guard search.converged else {
      outcome = .line
      let b = slope * v.deviation / u.deviation
      parameters = [v.mean - b * u.mean, b]
      return
    }
    outcome = curve.isStep(u.values) ? .degenerate : .logistic
    parameters = [
      v.mean + v.deviation * curve.top, v.mean + v.deviation * curve.bottom,
      u.mean + u.deviation * curve.center, u.deviation * exp(curve.logWidth),
    ]
  }

  /// f(x); x itself when nothing was fitted, NaN for a degenerate fit.
  public func callAsFunction(_ x: Double) -> Double {
    switch outcome {
    case .none: x
    case .degenerate: .nan
    case .line: parameters[0] + parameters[1] * x
    case .logistic:
      parameters[1] + (parameters[0] - parameters[1])
        / (1 + exp(-(x - parameters[2]) / parameters[3]))
    }
  }

  /// What the reader of a fitted figure should know; nil if all went well.
  public var note: String? {
    switch outcome {
    case .logistic: nil
    case .line:
      "the logistic fit did not converge in \(iterations) steps; a straight line was fitted instead"
    case .degenerate:
      "the logistic fit is degenerate: a step or a constant, not a curve through the scores; there are no "
        + "figures after it"
    case .none: "no logistic fit: fewer than five images, or all scores are equal"
    }
  }
}

/// A list with mean 0 and standard deviation 1, so that one start and one tolerance fit every scale.
private struct Standardized {
  let mean: Double
  let deviation: Double
  let values: [Double]

  init(_ list: [Double]) {
    let mean = list.reduce(0, +) / Double(list.count)
    let square = list.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let deviation = (square / Double(list.count)).squareRoot()
    (self.mean, self.deviation) = (mean, deviation)
    values = list.map { ($0 - mean) / deviation }
  }
}

/// The logistic of standardised lists. The width is kept as its logarithm, so it cannot become 0.
private struct LogisticCurve {
  var top: Double
  var bottom: Double
  var center = 0.0
  /// log |β₄|, from a quarter of the standard deviation.
  var logWidth = log(0.25)

  init(startingAt values: [Double], isFalling: Bool) {
    let (lowest, highest) = (values.min() ?? 0, values.max() ?? 0)
    (top, bottom) = isFalling ? (lowest, highest) : (highest, lowest)
  }

  /// Levenberg and Marquardt's method: (JᵀJ + μ diag JᵀJ) δ = Jᵀr, where μ falls after each step that
  /// improves the sum of squares and rises after one that does not. After each step the two ends, which
  /// enter linearly, are solved for: a nearly straight cloud wants ends far away, and would take thousands
  /// of steps to get there.
  ///
  /// Converged: three improving steps in a row that change the sum by less than 10⁻¹² of it or 10⁻¹⁴ of
  /// the variance; a sum at the level of rounding; or no step, however short, improves it.
  mutating func descend(_ x: [Double], _ y: [Double]) -> (converged: Bool, iterations: Int) {
    let count = Double(x.count)
    var damping = 1e-3
    var idle = 0
    self = withBestEnds(x, y)
    var equations = normalEquations(x, y)
    for iteration in 1...1000 {
      guard let delta = equations.solve(damping: damping) else { return (false, iteration) }
      let next = moved(by: delta).withBestEnds(x, y)
      let squares = next.squares(x, y)
      guard squares < equations.squares else {
        // Also NaN: a step that was much too long.
        damping *= 4
        if damping > 1e16 { return (isFinite, iteration) }
        continue
      }
      let gain = equations.squares - squares
      idle = gain <= 1e-12 * equations.squares + 1e-14 * count ? idle + 1 : 0
      self = next
      if idle == 3 || squares < 1e-24 * count { return (isFinite, iteration) }
      damping = max(damping / 3, 1e-14)
      equations = normalEquations(x, y)
    }
    return (false, 1000)
  }

  /// The same curve between the two ends that fit best: y ≈ top · s + bottom · (1 − s), two linear
  /// equations. Unchanged where s is as good as constant.
  private func withBestEnds(_ x: [Double], _ y: [Double]) -> LogisticCurve {
    let width = exp(logWidth)
    var (ss, st, tt, sy, ty) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for (x, y) in zip(x, y) {
      let s = 1 / (1 + exp(-(x - center) / width))
      let t = 1 - s
      ss += s * s
      st += s * t
      tt += t * t
      sy += s * y
      ty += t * y
    }
    let determinant = ss * tt - st * st
    guard abs(determinant) > 1e-14 * ss * tt else { return self }
    var next = self
    next.top = (sy * tt - ty * st) / determinant
    next.bottom = (ty * ss - sy * st) / determinant
    return next
  }

  /// Whether the curve is a step or a constant over the scores: fewer than two different ones have a value
  /// that is more than 10⁻⁴ of the spanned height away from the lowest and the highest. Center and width
  /// then have no least-squares value.
  func isStep(_ x: [Double]) -> Bool {
    let width = exp(logWidth)
    let values = x.map { bottom + (top - bottom) / (1 + exp(-($0 - center) / width)) }
    guard let lowest = values.min(), let highest = values.max(), highest - lowest > 1e-9 else {
      return true
    }
    let margin = 1e-4 * (highest - lowest)
    let between = zip(x, values)
      .filter { $0.1 > lowest + margin && $0.1 < highest - margin }
      .map { $0.0 }
    return between.allSatisfy { $0 == between[0] }
  }

  private var isFinite: Bool {
    top.isFinite && bottom.isFinite && center.isFinite && logWidth.isFinite
  }

  private func moved(by delta: [Double]) -> LogisticCurve {
    var next = self
    next.top += delta[0]
    next.bottom += delta[1]
    next.center += delta[2]
    next.logWidth += delta[3]
    return next
  }

  private func squares(_ x: [Double], _ y: [Double]) -> Double {
    let width = exp(logWidth)
    var sum = 0.0
    for (x, y) in zip(x, y) {
      let rest = y - bottom - (top - bottom) / (1 + exp(-(x - center) / width))
      sum += rest * rest
    }
    return sum
  }

  private func normalEquations(_ x: [Double], _ y: [Double]) -> NormalEquations {
    let width = exp(logWidth)
    var equations = NormalEquations()
    for (x, y) in zip(x, y) {
      let z = (x - center) / width
      let share = 1 / (1 + exp(-z))
      let bend = (top - bottom) * share * (1 - share)
      equations.add(
        derivative: (share, 1 - share, -bend / width, -bend * z),
        rest: y - bottom - (top - bottom) * share)
    }
    return equations
  }
}

/// JᵀJ, Jᵀr and rᵀr of four parameters.
private struct NormalEquations {
  private var matrix = [Double](repeating: 0, count: 16)
  private var right = [Double](repeating: 0, count: 4)
  private(set) var squares = 0.0

  mutating func add(derivative d: (Double, Double, Double, Double), rest: Double) {
    squares += rest * rest
    withUnsafeBytes(of: d) { bytes in
      let d = bytes.bindMemory(to: Double.self)
      for row in 0..<4 {
        right[row] += d[row] * rest
        for column in 0..<4 { matrix[row * 4 + column] += d[row] * d[column] }
      }
    }
  }

  /// Gaussian elimination with row exchanges; nil if a parameter has no influence at all.
  func solve(damping: Double) -> [Double]? {
    var a = matrix
    var b = right
    for row in 0..<4 { a[row * 5] *= 1 + damping }
    for column in 0..<4 {
      let pivot = (column..<4).max { abs(a[$0 * 4 + column]) < abs(a[$1 * 4 + column]) } ?? column
      guard abs(a[pivot * 4 + column]) > 0 else { return nil }
      if pivot != column {
        for k in 0..<4 { a.swapAt(pivot * 4 + k, column * 4 + k) }
        b.swapAt(pivot, column)
      }
      for row in column + 1..<4 where row < 4 {
        let factor = a[row * 4 + column] / a[column * 5]
        for k in column..<4 { a[row * 4 + k] -= factor * a[column * 4 + k] }
        b[row] -= factor * b[column]
      }
    }
    var solution = [Double](repeating: 0, count: 4)
    for row in (0..<4).reversed() {
      var rest = b[row]
      for k in row + 1..<4 where k < 4 { rest -= a[row * 4 + k] * solution[k] }
      solution[row] = rest / a[row * 5]
    }
    return solution
  }
}
