import Autodiff
import Kernels
import Layers
import ModelTestSupport
import Tensors
import TestSupport
import Testing

@Suite struct StandardizedConvolutionTests {
  static let outputs = 4
  static let patches = 3
  /// A 3 × 3 convolution and a 1 × 1, which is a plain matrix product.
  static let windows = [
    Naive.Window(side: 5, channels: 3, size: 3, stride: 2),
    Naive.Window(side: 4, channels: 6, size: 1, stride: 1),
  ]

  @Test(
    "value and gradient are those of a convolution with the standardized kernel",
    arguments: windows.indices)
  func gradient(index: Int) {
    let window = Self.windows[index]
    var builder = ParameterBuilder()
    _ = builder.declare("other", shape: [3], .zeros)  // Offsets other than zero.
    _ = builder.reservePrepared(5)
    let convolution = StandardizedConvolution(
      "conv",
      geometry: WindowGeometry(
        side: window.side, channels: window.channels, size: window.size, stride: window.stride),
      outputs: Self.outputs, in: &builder)
    let store = ParameterStore(layout: builder.layout())
    let w = randomValues("w", window.fieldCount * Self.outputs, mean: 0.1, deviation: 0.2)
    _ = store["conv/kernel"].update(fromContentsOf: w)
    let prepared = GuardedBuffer(unwritten: builder.preparedCount)
    convolution.prepare(from: store.buffer.pointer, into: prepared.pointer)

    // Two micro-batches, then one pullback of the standardization for both.
    let gradients = ParameterStore(layout: store.layout)
    let x = randomValues("x", Self.patches * window.inputCount)
    let upstream = randomValues(
      "upstream", Self.patches * window.outputPositions * Self.outputs)
    var value: [Float] = []
    for rows in [0..<2, 2..<3] {
      let tape = Tape(parameters: store.buffer.pointer, prepared: prepared.pointer)
      tape.parameterGradients = gradients.buffer.pointer
      let part = x[rows.lowerBound * window.inputCount..<rows.upperBound * window.inputCount]
      let y = convolution(
        TapeCheck("x", shapes: []).constant(
          Array(part), rows: rows.count * window.side * window.side, columns: window.channels,
          on: tape), on: tape)
      let start = value.count
      value += y.elements
      tape.backward(from: y) {
        $0.update(from: Array(upstream[start..<start + y.count]), count: y.count)
      }
    }
    convolution.finishGradient(gradients.buffer.pointer, parameters: store.buffer.pointer)

    func twin(_ w: [Double]) -> [Double] {
      Naive.convolution(
        x.doubles, Naive.standardizedWeights(w, outputs: Self.outputs), window,
        outputs: Self.outputs)
    }
    #expect(deviation(value, twin(w.doubles)) <= 5e-6)
    let expected = numericalGradient(at: w.doubles) { projection(twin($0), upstream.doubles) }
    #expect(deviation(gradients["conv/kernel"], expected) <= 5e-6)
    #expect(gradients["other"].allSatisfy { $0 == 0 })
    #expect(prepared.isIntact)
    withExtendedLifetime((store, gradients)) {}
  }
}
