import Kernels
import TestSupport
import Testing

/// Windows that meet every border case: even and odd sides, sizes, strides, a window larger than
/// the patch, channel runs off the vector width; last the three of the published model.
let sweptWindows = [
  Naive.Window(side: 1, channels: 1, size: 1, stride: 1),
  Naive.Window(side: 3, channels: 3, size: 7, stride: 2),
  Naive.Window(side: 5, channels: 15, size: 3, stride: 1),
  Naive.Window(side: 6, channels: 17, size: 3, stride: 2),
  Naive.Window(side: 7, channels: 2, size: 4, stride: 3),
  Naive.Window(side: 32, channels: 3, size: 7, stride: 2),
  Naive.Window(side: 16, channels: 64, size: 3, stride: 2),
  Naive.Window(side: 8, channels: 64, size: 3, stride: 1),
]

extension Naive.Window: CustomTestStringConvertible {
  public var testDescription: String {
    "\(side)×\(side)×\(channels), window \(size), stride \(stride)"
  }
  var geometry: WindowGeometry {
    WindowGeometry(side: side, channels: channels, size: size, stride: stride)
  }
}

@Suite struct ConvolutionTests {
  @Test("unfolding and one product make a convolution", arguments: sweptWindows)
  func convolves(window: Naive.Window) {
    let g = window.geometry
    let outputs = 5
    let x = GuardedBuffer(randomValues("x", g.inputCount))
    let w = GuardedBuffer(randomValues("w", g.fieldCount * outputs))
    let fields = GuardedBuffer(unwritten: g.outputPositions * g.fieldCount)
    let y = GuardedBuffer(unwritten: g.outputPositions * outputs)
    unfold(x.pointer, into: fields.pointer, g)
    multiply(
      MatrixView(fields.pointer, rows: g.outputPositions, columns: g.fieldCount),
      MatrixView(w.pointer, rows: g.fieldCount, columns: outputs),
      into: MutableMatrixView(y.pointer, rows: g.outputPositions, columns: outputs))
    let expected = Naive.convolution(x.values.doubles, w.values.doubles, window, outputs: outputs)
    // Sums of up to 576 products.
    #expect(deviation(y.values, expected) <= 5e-6)
    #expect(y.isIntact)
  }
}
