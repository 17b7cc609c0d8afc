import KernelCases
import Kernels
import TestSupport
import Testing

@Suite struct MaxPoolTests {
  @Test("equal values: the gradient goes to the first in raster order, once")
  func ties() {
    let run = KernelRun(
      .maxPool(patches: 1, WindowGeometry(side: 4, channels: 1, size: 2, stride: 2)),
      replaced: ["x": [Float](repeating: 7, count: 16)])
    let gradient = run.backward([1, 2, 3, 4], accumulates: false)[0].buffer
    #expect(gradient.values == [1, 0, 2, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0])
  }
}
