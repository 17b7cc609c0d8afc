// Distances between rating histograms.

import Foundation

/// Earth mover's distance of order r between two histograms over the ratings 1 … K (NIMA; patent eq. 3):
/// (1/K Σₘ |CDF_p(m) − CDF_q(m)|^r)^(1/r).
/// - Parameters: p, q: `[K]`, each with the sum one.
/// - Precondition: as many ratings in both, r > 0.
public func earthMoversDistance(_ p: [Double], _ q: [Double], exponent r: Double) -> Double {
  precondition(p.count == q.count && r > 0, "expected \(p.count) ratings, got \(q.count)")
  var (difference, sum) = (0.0, 0.0)
  for (p, q) in zip(p, q) {
    difference += p - q
    sum += r == 1 ? abs(difference) : r == 2 ? difference * difference : pow(abs(difference), r)
  }
  let mean = sum / Double(p.count)
  return r == 1 ? mean : r == 2 ? mean.squareRoot() : pow(mean, 1 / r)
}
