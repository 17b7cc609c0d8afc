import Kernels
import TestSupport
import Testing

@Suite struct GELUTests {
  /// One polynomial exponential (2e-7) and a few rounded operations.
  static let tolerance = 2e-6
  static let rows = 3

  @Test("forward equals the definition", arguments: sweptSizes + [1152])
  func forward(columns: Int) {
    let x = GuardedBuffer(randomValues("x", Self.rows * columns, deviation: 3))
    let bias = GuardedBuffer(randomValues("bias", columns))
    let y = GuardedBuffer(unwritten: x.count)
    biasGELUForward(
      y: y.pointer, x: x.pointer, bias: bias.pointer, rows: Self.rows, columns: columns)
    let expected = Naive.biasGELU(x.values.doubles, bias: bias.values.doubles, columns: columns)
    #expect(deviation(y.values, expected) <= Self.tolerance)
    #expect(y.isIntact)
  }

  @Test("far from zero the function is 0 or x and its derivative 0 or 1")
  func tails() {
    let x: [Float] = [-1e4, -100, -20, 20, 100, 1e4]
    let zero = GuardedBuffer([Float](repeating: 0, count: x.count))
    let (y, gradient) = (GuardedBuffer(unwritten: x.count), GuardedBuffer(unwritten: x.count))
    biasGELUForward(
      y: y.pointer, x: GuardedBuffer(x).pointer, bias: zero.pointer, rows: 1, columns: x.count)
    biasGELUBackward(
      xGradient: gradient.pointer, yGradient: GuardedBuffer([1, 1, 1, 1, 1, 1]).pointer,
      x: GuardedBuffer(x).pointer, bias: zero.pointer, rows: 1, columns: x.count,
      accumulate: false)
    for i in 0..<3 {
      #expect(abs(y.values[i]) < 1e-30 && abs(gradient.values[i]) < 1e-20)
      #expect(y.values[i + 3] == x[i + 3] && gradient.values[i + 3] == 1)
    }
  }

  @Test("backward equals numerical gradients", arguments: sweptSizes, [false, true])
  func backward(columns: Int, accumulate: Bool) {
    let x = randomValues("x", Self.rows * columns, deviation: 2)
    let bias = randomValues("bias", columns)
    let w = randomValues("w", x.count)
    let old = randomValues("old", x.count)
    let gradient = accumulate ? GuardedBuffer(old) : GuardedBuffer(unwritten: x.count)
    biasGELUBackward(
      xGradient: gradient.pointer, yGradient: GuardedBuffer(w).pointer,
      x: GuardedBuffer(x).pointer, bias: GuardedBuffer(bias).pointer, rows: Self.rows,
      columns: columns, accumulate: accumulate)
    let entries = sampledEntries(x.count, limit: 40)
    let numerical = numericalGradient(at: x.doubles, entries: entries) {
      projection(Naive.biasGELU($0, bias: bias.doubles, columns: columns), w.doubles)
    }
    let expected = accumulate ? plus(numerical, old, entries) : numerical
    #expect(deviation(gradient.values.at(entries), expected) <= Self.tolerance)
    #expect(gradient.isIntact)
  }
}
