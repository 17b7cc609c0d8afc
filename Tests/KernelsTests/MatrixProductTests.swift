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

  /// How a matrix lies in memory.
  private struct Memory {
    let rows, columns, stride: Int
    init(_ rows: Int, _ columns: Int, gap: Int) {
      (self.rows, self.columns, stride) = (rows, columns, columns + gap)
    }
  }

  /// All four transpositions, with gaps between the rows of every matrix.
  @Test("products with strides equal the twin", arguments: sizes, [0, 1, 2, 3])
  func products(sizes: Sizes, transpositions: Int) {
    let (m, n, k) = (sizes.m, sizes.n, sizes.k)
    let transposed = (a: transpositions & 1 == 1, b: transpositions & 2 == 2)
    let a = Memory(transposed.a ? k : m, transposed.a ? m : k, gap: 3)
    let b = Memory(transposed.b ? n : k, transposed.b ? k : n, gap: 2)
    let stride = n + 5
    let (aValues, bValues) = (
      randomValues("a", a.rows * a.stride), randomValues("b", b.rows * b.stride)
    )
    let old = randomValues("old", m * stride)
    let aView = MatrixView(
      GuardedBuffer(aValues).pointer, rows: a.rows, columns: a.columns, stride: a.stride)
    let bView = MatrixView(
      GuardedBuffer(bValues).pointer, rows: b.rows, columns: b.columns, stride: b.stride)
    for accumulates in [false, true] {
      let c = GuardedBuffer(old)
      multiply(
        transposed.a ? aView.transposed : aView, transposed.b ? bView.transposed : bView,
        into: MutableMatrixView(c.pointer, rows: m, columns: n, stride: stride), scale: 0.7,
        accumulates: accumulates)
      let dense = { (values: [Float]) in
        (0..<m).flatMap { values[$0 * stride..<$0 * stride + n] }
      }
      let expected = Naive.product(
        aValues.doubles, bValues.doubles, rows: m, columns: n, inner: k,
        strides: (a.stride, b.stride), transposed: transposed, scale: Double(Float(0.7)),
        adding: accumulates ? dense(old).doubles : nil)
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
  func emptyInner(accumulates: Bool) {
    let a = GuardedBuffer([])
    let c = GuardedBuffer([1, 2, 3, 4, 5, 6])
    multiply(
      MatrixView(a.pointer, rows: 2, columns: 0), MatrixView(a.pointer, rows: 0, columns: 3),
      into: MutableMatrixView(c.pointer, rows: 2, columns: 3), accumulates: accumulates)
    #expect(c.values == (accumulates ? [1, 2, 3, 4, 5, 6] : [0, 0, 0, 0, 0, 0]))
    #expect(c.isIntact)
  }

  @Test("no rows or no columns: nothing is written")
  func emptyResult() {
    let a = GuardedBuffer([1, 2, 3])
    let c = GuardedBuffer([7])
    let one = MatrixView(a.pointer, rows: 1, columns: 1)
    multiply(
      MatrixView(a.pointer, rows: 0, columns: 1), one,
      into: MutableMatrixView(c.pointer, rows: 0, columns: 1))
    multiply(
      one, MatrixView(a.pointer, rows: 1, columns: 0),
      into: MutableMatrixView(c.pointer, rows: 1, columns: 0))
    #expect(c.values == [7] && c.isIntact)
  }

  @Test("rows of a view are those of the matrix", arguments: [0..<0, 0..<2, 3..<5])
  func rows(range: Range<Int>) {
    let (a, b) = (randomValues("a", 5 * 3), randomValues("b", 3 * 4))
    let c = GuardedBuffer(randomValues("old", 5 * 4))
    let old = c.values
    multiply(
      MatrixView(GuardedBuffer(a).pointer, rows: 5, columns: 3).rows(range),
      MatrixView(GuardedBuffer(b).pointer, rows: 3, columns: 4),
      into: MutableMatrixView(c.pointer, rows: 5, columns: 4).rows(range))
    let product = Naive.linear(a.doubles, b.doubles, rows: 5, inputs: 3, outputs: 4)
    let expected = old.indices.map { range.contains($0 / 4) ? product[$0] : Double(old[$0]) }
    #expect(deviation(c.values, expected) <= 1e-6)
    #expect(c.isIntact)
  }

  @Test("shapes that do not fit end the program")
  func shapes() async {
    await #expect(processExitsWith: .failure) {
      let a = MatrixView(stable([Float](repeating: 0, count: 6)), rows: 2, columns: 3)
      let c = UnsafeMutablePointer<Float>.allocate(capacity: 4)
      multiply(a, a, into: MutableMatrixView(c, rows: 2, columns: 2))
    }
  }

  @Test("the same call gives the same bits")
  func deterministic() {
    let a = GuardedBuffer(randomValues("a", 65 * 97))
    let b = GuardedBuffer(randomValues("b", 97 * 33))
    let results = (0..<3).map { _ in
      let c = GuardedBuffer(unwritten: 65 * 33)
      multiply(
        MatrixView(a.pointer, rows: 65, columns: 97), MatrixView(b.pointer, rows: 97, columns: 33),
        into: MutableMatrixView(c.pointer, rows: 65, columns: 33))
      return c.values
    }
    #expect(results[0] == results[1] && results[1] == results[2])
  }
}
