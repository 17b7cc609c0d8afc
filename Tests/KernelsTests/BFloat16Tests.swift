import Kernels
import TestSupport
import Testing

@Suite struct BFloat16Tests {
  @Test("rounding goes to the nearest, ties to even, and keeps special values")
  func rounding() {
    let cases: [(Float, Float)] = [
      (1, 1), (1 + 0x1p-7, 1 + 0x1p-7), (1 + 0x1p-8, 1), (1 + 0x3p-8, 1 + 0x1p-6),
      (1 + 0x1.8p-8, 1 + 0x1p-7), (-1 - 0x1.8p-8, -1 - 0x1p-7), (0, 0), (.infinity, .infinity),
      (3.4e38, .infinity), (0x1p-126, 0x1p-126),
    ]
    for (value, expected) in cases { #expect(BFloat16(value).float == expected, "\(value)") }
    #expect(BFloat16(.nan).float.isNaN)
  }

  @Test("rounding a buffer equals rounding each value", arguments: [1, 15, 16, 17, 33, 1000])
  func buffers(count: Int) {
    let x = randomValues("x", count)
    let y = UnsafeMutablePointer<BFloat16>.allocate(capacity: count)
    defer { y.deallocate() }
    round(GuardedBuffer(x).pointer, into: y, count: count)
    for i in 0..<count { #expect(y[i] == BFloat16(x[i])) }
  }

  /// Inputs that bfloat16 holds exactly: products then differ by the order of float32 sums only.
  @Test(
    "products of bfloat16 operands sum in float32", .enabled(if: MatrixProducts.supportsBFloat16))
  func products() {
    let (m, n, k) = (17, 33, 147)
    let a = randomValues("a", m * k).map { BFloat16($0) }
    let b = randomValues("b", k * n).map { BFloat16($0) }
    let c = GuardedBuffer([Float](repeating: 1, count: m * n))
    a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        multiply(
          MatrixOperand(a.baseAddress!, stride: k), MatrixOperand(b.baseAddress!, stride: n),
          into: c.pointer, stride: n, rows: m, columns: n, inner: k, accumulate: true)
      }
    }
    let expected = Naive.product(
      a.map { Double($0.float) }, b.map { Double($0.float) }, rows: m, columns: n, inner: k,
      strides: (k, n), transposed: (a: false, b: false), scale: 1,
      adding: [Double](repeating: 1, count: m * n))
    #expect(deviation(c.values, expected) <= 2e-6)
    #expect(c.isIntact)
  }

  @Test("unfolding bfloat16 patches moves the same elements as unfolding floats")
  func unfolding() {
    let g = WindowGeometry(side: 9, channels: 5, size: 3, stride: 2)
    let x = randomValues("x", g.inputCount).map { BFloat16($0).float }
    let fields = GuardedBuffer(unwritten: g.outputPositions * g.fieldCount)
    unfold(GuardedBuffer(x).pointer, into: fields.pointer, g)
    let half = x.map { BFloat16($0) }
    let target = UnsafeMutablePointer<BFloat16>.allocate(capacity: fields.count)
    defer { target.deallocate() }
    half.withUnsafeBufferPointer { unfold($0.baseAddress!, into: target, g) }
    for i in 0..<fields.count { #expect(target[i].float == fields.values[i]) }
  }
}
