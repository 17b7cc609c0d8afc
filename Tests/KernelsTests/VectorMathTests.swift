import KernelCases
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// The vectorized exponential is not public; one query with values 1 and 0 shows its quotients:
/// softmax over the scores s and 0, weighted 1 and 0, is e^s / (e^s + 1).
@Suite struct VectorMathTests {
  private func logistic(_ s: [Float]) -> [Float] {
    let images = s.count
    let run = KernelRun(
      .attention(
        KernelCase.AttentionRows(
          queries: Array(0...images), keys: (0...images).map { 2 * $0 }), heads: 1, headSize: 1),
      replaced: [
        "queries": [Float](repeating: 1, count: images), "keys": s.flatMap { [$0, 0] },
        "values": s.flatMap { _ in [1, 0] },
      ])
    return run.result.values
  }

  @Test("the exponential is within 5e-7 of the true one over its range")
  func accuracy() {
    let s = (-8000...0).map { Float($0) / 100 }
    let largest = zip(s, logistic(s)).reduce(0.0) { largest, pair in
      let e = exp(Double(pair.0))
      return max(largest, abs(Double(pair.1) / (e / (e + 1)) - 1))
    }
    #expect(largest <= 5e-7)
  }

  @Test("beyond the range it saturates, and a NaN stays a NaN")
  func extremes() {
    let y = logistic([1e30, -1e30, .nan])
    #expect(y[0] == 1)
    #expect(y[1] < 1e-37)
    #expect(y[2].isNaN)
  }
}
