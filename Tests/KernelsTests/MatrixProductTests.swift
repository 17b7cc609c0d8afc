import Kernels
import TestSupport
import Testing

@Suite struct MatrixProductTests {
  struct Sizes: CustomTestStringConvertible {
    var m, n, k: Int
    init(_ m: Int, _ n: Int, _ k: Int) { (self.m, self.n, self.k) = (m, n, k) }
    var testDescription: String { "\(m) × \(n), inner \(k)" }
  }
  static let sizes = [
    Sizes(1, 1, 1), Sizes(3, 1, 15), Sizes(1, 17, 3), Sizes(15, 16, 17), Sizes(33, 3, 33),
    Sizes(64, 33, 384), Sizes(17, 1152, 384),
  ]

  /// All four transpositions, with gaps between the rows of every matrix.
  @Test("products with strides equal the twin", arguments: sizes, [0, 1, 2, 3])
  func products(sizes: Sizes, transpositions: Int) {
    let (m, n, k) = (sizes.m, sizes.n, sizes.k)
    let transposed = (a: transpositions & 1 == 1, b: transpositions & 2 == 2)
    let a = (rows: transposed.a ? k : m, stride: (transposed.a ? m : k) + 3)
    let b = (rows: transposed.b ? n : k, stride: (transposed.b ? k : n) + 2)
    let stride = n + 5
    let (aValues, bValues) = (
      randomValues("a", a.rows * a.stride), randomValues("b", b.rows * b.stride)
    )
    let old = randomValues("old", m * stride)
    let (aBuffer, bBuffer) = (GuardedBuffer(aValues), GuardedBuffer(bValues))
    for accumulate in [false, true] {
      let c = GuardedBuffer(old)
      multiply(
        MatrixOperand(aBuffer.pointer, stride: a.stride, transposed: transposed.a),
        MatrixOperand(bBuffer.pointer, stride: b.stride, transposed: transposed.b),
        into: c.pointer, stride: stride, rows: m, columns: n, inner: k, scale: 0.7,
        accumulate: accumulate)
      let dense = { (values: [Float]) in
        (0..<m).flatMap { values[$0 * stride..<$0 * stride + n] }
      }
      let expected = Naive.product(
        aValues.doubles, bValues.doubles, rows: m, columns: n, inner: k,
        strides: (a.stride, b.stride), transposed: transposed, scale: Double(Float(0.7)),
        adding: accumulate ? dense(old).doubles : nil)
      // Sums of at most 384 products.
      #expect(deviation(dense(c.values), expected) <= 5e-6)
      for row in 0..<m {
        let gap = row * stride + n..<(row + 1) * stride
        #expect(c.values[gap] == old[gap], "gap behind row \(row)")
      }
      #expect(c.isIntact)
    }
  }

  @Test("an empty sum is zero, or what was there", arguments: [false, true])
  func emptyInner(accumulate: Bool) {
    let a = GuardedBuffer([])
    let c = GuardedBuffer([1, 2, 3, 4, 5, 6])
    multiply(
      MatrixOperand(a.pointer, stride: 0), MatrixOperand(a.pointer, stride: 3), into: c.pointer,
      stride: 3, rows: 2, columns: 3, inner: 0, accumulate: accumulate)
    #expect(c.values == (accumulate ? [1, 2, 3, 4, 5, 6] : [0, 0, 0, 0, 0, 0]))
    #expect(c.isIntact)
  }

  @Test("no rows or no columns: nothing is written")
  func emptyResult() {
    let a = GuardedBuffer([1, 2, 3])
    let c = GuardedBuffer([7])
    let operand = MatrixOperand(a.pointer, stride: 1)
    multiply(operand, operand, into: c.pointer, stride: 1, rows: 0, columns: 1, inner: 1)
    multiply(operand, operand, into: c.pointer, stride: 1, rows: 1, columns: 0, inner: 1)
    #expect(c.values == [7] && c.isIntact)
  }

  @Test("the same call gives the same bits")
  func deterministic() {
    let a = GuardedBuffer(randomValues("a", 65 * 97))
    let b = GuardedBuffer(randomValues("b", 97 * 33))
    let results = (0..<3).map { _ in
      let c = GuardedBuffer(unwritten: 65 * 33)
      multiply(
        MatrixOperand(a.pointer, stride: 97), MatrixOperand(b.pointer, stride: 33),
        into: c.pointer, stride: 33, rows: 65, columns: 33, inner: 97)
      return c.values
    }
    #expect(results[0] == results[1] && results[1] == results[2])
  }
}
