import Kernels
import TestSupport
import Testing

@Suite struct WeightGradientTests {
  struct Sizes: CustomTestStringConvertible {
    var rows, inputs, outputs: Int
    var testDescription: String { "\(rows) rows, \(inputs) × \(outputs)" }
  }
  /// Row distances of whole pages of memory, in both precisions and in one, and others.
  static let sizes = [
    Sizes(rows: 1, inputs: 1024, outputs: 3), Sizes(rows: 37, inputs: 2048, outputs: 17),
    Sizes(rows: 300, inputs: 3072, outputs: 5), Sizes(rows: 5, inputs: 33, outputs: 7),
    Sizes(rows: 17, inputs: 1152, outputs: 16),
  ]

  @Test("the gradient of a weight is added, with pages between rows or without", arguments: sizes)
  func floats(sizes: Sizes) {
    let (rows, inputs, outputs) = (sizes.rows, sizes.inputs, sizes.outputs)
    let (x, g) = (randomValues("x", rows * inputs), randomValues("g", rows * outputs))
    let old = randomValues("old", inputs * outputs)
    let (xBuffer, gBuffer) = (GuardedBuffer(x), GuardedBuffer(g))
    let gradient = GuardedBuffer(old)
    let scratch = GuardedBuffer(
      unwritten: weightGradientScratchCount(rows: rows, inputs: inputs))
    addWeightGradient(
      gradient.pointer, x: MatrixOperand(xBuffer.pointer, stride: inputs),
      yGradient: MatrixOperand(gBuffer.pointer, stride: outputs), rows: rows, inputs: inputs,
      outputs: outputs, scratch: scratch.pointer)
    // Sums of at most 300 products.
    #expect(deviation(gradient.values, expected(x, g, adding: old, sizes)) <= 5e-6)
    #expect(gradient.isIntact && scratch.isIntact)
  }

  @Test(
    "the same with operands in bfloat16", .enabled(if: MatrixProducts.supportsBFloat16),
    arguments: sizes)
  func halves(sizes: Sizes) {
    let (rows, inputs, outputs) = (sizes.rows, sizes.inputs, sizes.outputs)
    let x = randomValues("x", rows * inputs).map { BFloat16($0) }
    let g = randomValues("g", rows * outputs).map { BFloat16($0) }
    let old = randomValues("old", inputs * outputs)
    let gradient = GuardedBuffer(old)
    let scratch = GuardedBuffer(
      unwritten: weightGradientScratchCount(rows: rows, inputs: inputs))
    x.withUnsafeBufferPointer { xBuffer in
      g.withUnsafeBufferPointer { gBuffer in
        addWeightGradient(
          gradient.pointer, x: MatrixOperand(xBuffer.baseAddress!, stride: inputs),
          yGradient: MatrixOperand(gBuffer.baseAddress!, stride: outputs), rows: rows,
          inputs: inputs, outputs: outputs, scratch: scratch.pointer)
      }
    }
    let twin = expected(x.map(\.float), g.map(\.float), adding: old, sizes)
    #expect(deviation(gradient.values, twin) <= 5e-6)
    #expect(gradient.isIntact && scratch.isIntact)
  }

  private func expected(
    _ x: [Float], _ g: [Float], adding old: [Float], _ sizes: Sizes
  ) -> [Double] {
    Naive.product(
      x.doubles, g.doubles, rows: sizes.inputs, columns: sizes.outputs, inner: sizes.rows,
      strides: (sizes.inputs, sizes.outputs), transposed: (true, false), scale: 1,
      adding: old.doubles)
  }
}
