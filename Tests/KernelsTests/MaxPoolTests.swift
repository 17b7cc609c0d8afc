import Kernels
import TestSupport
import Testing

@Suite struct MaxPoolTests {
  static let patches = 2

  @Test("forward is exactly the maximum over the window", arguments: sweptWindows)
  func forward(window: Naive.Window) {
    let g = window.geometry
    let x = GuardedBuffer(randomValues("x", Self.patches * g.inputCount, mean: -3))
    let y = GuardedBuffer(unwritten: Self.patches * g.outputPositions * g.channels)
    maxPoolForward(y: y.pointer, x: x.pointer, patches: Self.patches, g)
    #expect(y.values.doubles == Naive.maxPool(x.values.doubles, window))
    #expect(y.isIntact)
  }

  @Test("backward equals numerical gradients", arguments: sweptWindows.dropLast(2), [false, true])
  func backward(window: Naive.Window, accumulate: Bool) {
    let g = window.geometry
    let x = GuardedBuffer(randomValues("x", Self.patches * g.inputCount))
    let y = GuardedBuffer(unwritten: Self.patches * g.outputPositions * g.channels)
    maxPoolForward(y: y.pointer, x: x.pointer, patches: Self.patches, g)
    let w = randomValues("w", y.count)
    let old = randomValues("old", x.count)
    let gradient = accumulate ? GuardedBuffer(old) : GuardedBuffer(unwritten: x.count)
    maxPoolBackward(
      xGradient: gradient.pointer, yGradient: GuardedBuffer(w).pointer, y: y.pointer,
      x: x.pointer, patches: Self.patches, g, accumulate: accumulate)
    let entries = sampledEntries(x.count, limit: 60)
    let numerical = numericalGradient(at: x.values.doubles, entries: entries) {
      projection(Naive.maxPool($0, window), w.doubles)
    }
    // At most four windows share a position here; sums of Floats, no other rounding.
    let expected = accumulate ? plus(numerical, old, entries) : numerical
    #expect(deviation(gradient.values.at(entries), expected) <= 1e-6)
    #expect(gradient.isIntact)
  }

  @Test("equal values: the gradient goes to the first in raster order, once")
  func ties() {
    let g = WindowGeometry(side: 4, channels: 1, size: 2, stride: 2)
    let x = GuardedBuffer([Float](repeating: 7, count: 16))
    let y = GuardedBuffer(unwritten: 4)
    maxPoolForward(y: y.pointer, x: x.pointer, patches: 1, g)
    let gradient = GuardedBuffer(unwritten: 16)
    maxPoolBackward(
      xGradient: gradient.pointer, yGradient: GuardedBuffer([1, 2, 3, 4]).pointer, y: y.pointer,
      x: x.pointer, patches: 1, g, accumulate: false)
    #expect(gradient.values == [1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0])
  }
}
