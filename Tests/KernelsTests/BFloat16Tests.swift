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

  @Test("unfolding bfloat16 patches moves the same elements as unfolding floats")
  func unfolding() {
    let g = WindowGeometry(side: 9, channels: 5, size: 3, stride: 2)
    let x = randomValues("x", g.inputCount).map { BFloat16($0).float }
    let fields = GuardedBuffer(unwritten: g.outputPositions * g.fieldCount)
    unfold(GuardedBuffer(x).pointer, into: fields.pointer, g)
    let rounded = x.map { BFloat16($0) }
    let target = UnsafeMutablePointer<BFloat16>.allocate(capacity: fields.count)
    defer { target.deallocate() }
    rounded.withUnsafeBufferPointer { unfold($0.baseAddress!, into: target, g) }
    for i in 0..<fields.count { #expect(target[i].float == fields.values[i]) }
  }
}
