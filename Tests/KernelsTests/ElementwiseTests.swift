import Kernels
import TestSupport
import Testing

@Suite struct ElementwiseTests {
  static let rows = 5
  /// One rounding per addition.
  static let tolerance = 1e-6

  @Test("copy writes or adds", arguments: [0] + sweptSizes)
  func copies(count: Int) {
    let a = randomValues("a", count)
    let old = randomValues("old", count)
    let written = GuardedBuffer(unwritten: count)
    let fresh = GradientTarget(written.pointer, accumulates: false)
    copy(GuardedBuffer(a).pointer, to: fresh, count: count)
    #expect(written.values == a && written.isIntact)
    let sum = GuardedBuffer(old)
    let known = GradientTarget(sum.pointer, accumulates: true)
    copy(GuardedBuffer(a).pointer, to: known, count: count)
    #expect(sum.values == zip(old, a).map(+) && sum.isIntact)
  }

  @Test("scale multiplies every element", arguments: [0] + sweptSizes)
  func scales(count: Int) {
    let a = randomValues("a", count)
    let y = GuardedBuffer(a)
    scale(y.pointer, by: 0.3, count: count)
    #expect(y.values == a.map { $0 * 0.3 } && y.isIntact)
  }

  @Test("filled rows hold bias, residual or both", arguments: sweptSizes)
  func fills(columns: Int) {
    let bias = randomValues("bias", columns)
    let residual = randomValues("residual", Self.rows * columns)
    for (hasBias, hasResidual) in [(true, true), (true, false), (false, true), (false, false)] {
      let y = GuardedBuffer(unwritten: Self.rows * columns)
      let (b, r) = (GuardedBuffer(bias), GuardedBuffer(residual))
      fillRows(
        y.pointer, bias: hasBias ? UnsafePointer(b.pointer) : nil,
        residual: hasResidual ? UnsafePointer(r.pointer) : nil, rows: Self.rows, columns: columns)
      let expected = Naive.filledRows(
        bias: hasBias ? bias.doubles : nil, residual: hasResidual ? residual.doubles : nil,
        rows: Self.rows, columns: columns)
      #expect(deviation(y.values, expected) <= Self.tolerance)
      #expect(y.isIntact)
    }
  }

  @Test("sum of squares is exact to Double", arguments: [0] + sweptSizes + [40_000])
  func squares(count: Int) {
    let x = randomValues("x", count)
    let expected = x.doubles.reduce(0) { $0 + $1 * $1 }
    let actual = sumOfSquares(GuardedBuffer(x).pointer, count: count)
    #expect(abs(actual - expected) <= 1e-13 * expected)
  }

  @Test("sum of squares does not overflow in Float")
  func largeSquares() {
    let x = GuardedBuffer([Float](repeating: 1e30, count: 3))
    let expected = 3 * Double(Float(1e30)) * Double(Float(1e30))
    #expect(abs(sumOfSquares(x.pointer, count: 3) / expected - 1) <= 1e-15)
  }
}
