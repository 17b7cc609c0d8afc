import Autodiff
import Layers
import ModelTestSupport
import Tensors
import TestSupport
import Testing

@Suite struct EncoderBlockTests {
  static let sizes = EncoderBlockSizes(hidden: 24, heads: 3, mlp: 40)
  /// Three images; the class token is the first row of each.
  static let offsets = [0, 70, 75, 76]
  static let mask: [Float] = (0..<76).map { offsets.contains($0) || $0 % 4 != 1 ? 1 : 0 }

  /// A block behind an input that is itself a parameter, so that its gradient can be read.
  private struct Run {
    let values: [Float]
    let gradients: ParameterStore

    init(
      isMasked: Bool, _ function: (EncoderBlock, Variable, TokenSequences, Tape) -> Variable
    ) {
      var builder = ParameterBuilder()
      let rows = EncoderBlockTests.offsets[3]
      let hidden = EncoderBlockTests.sizes.hidden
      let input = builder.declare(
        "input", shape: [rows, hidden], rows: rows, columns: hidden, .normal(deviation: 1))
      let block = EncoderBlock("block", EncoderBlockTests.sizes, in: &builder)
      let layout = builder.layout()
      let parameters = ParameterStore(layout: layout)
      for entry in layout.entries {
        _ = parameters.buffer[entry.range].update(fromContentsOf: testParameter(entry))
      }
      gradients = ParameterStore(layout: layout)
      let tape = Tape(parameters: parameters.buffer.pointer)
      tape.retain(parameters.buffer)
      tape.parameterGradients = gradients.buffer.pointer
      let check = TapeCheck("identity", shapes: [])
      let identity = (0..<rows * rows).map { Float($0 % (rows + 1) == 0 ? 1 : 0) }
      let z = tape.linear(
        check.constant(identity, rows: rows, columns: rows, on: tape),
        weight: WeightSource(input))
      let sequences = TokenSequences(
        offsets: tape.keep(EncoderBlockTests.offsets),
        classTokenOffsets: tape.keep([0, 1, 2, 3]), imageCount: 3,
        mask: isMasked ? tape.keep(EncoderBlockTests.mask) : nil)
      let y = function(block, z, sequences, tape)
      values = Array(y.elements)
      tape.backward(from: y) { $0.update(from: randomValues("w", y.count), count: y.count) }
    }
  }

  @Test("the class-token path equals the class rows of the full block", arguments: [false, true])
  func classTokens(isMasked: Bool) {
    let full = Run(isMasked: isMasked) { block, z, sequences, tape in
      tape.selectRows(
        block(z, sequences: sequences, on: tape), sequences.offsets, count: 3)
    }
    let short = Run(isMasked: isMasked) { block, z, sequences, tape in
      block.classTokens(z, sequences: sequences, on: tape)
    }
    // Other shapes of the same products: sums in another order, nothing else.
    #expect(deviation(short.values, full.values.doubles) <= 2e-6)
    for entry in full.gradients.layout.entries {
      let difference = deviation(short.gradients[entry.name], full.gradients[entry.name].doubles)
      #expect(difference <= 5e-6, "\(entry.name)")
      let largest = full.gradients[entry.name].map(abs).max() ?? 0
      #expect((largest > 0) == entry.specification.isTrained, "\(entry.name)")
    }
  }

  @Test("a block declares its sixteen tensors under their official names and shapes")
  func declaration() {
    var builder = ParameterBuilder()
    _ = EncoderBlock("Transformer/encoderblock_0", Self.sizes, in: &builder)
    let entries = builder.layout().entries
    let shapes = Dictionary(
      uniqueKeysWithValues: entries.map {
        (String($0.name.dropFirst("Transformer/encoderblock_0/".count)), $0.shape)
      })
    let attention = "MultiHeadDotProductAttention_1"
    #expect(
      shapes == [
        "LayerNorm_0/scale": [24], "LayerNorm_0/bias": [24],
        "\(attention)/query/kernel": [24, 3, 8], "\(attention)/query/bias": [3, 8],
        "\(attention)/key/kernel": [24, 3, 8], "\(attention)/key/bias": [3, 8],
        "\(attention)/value/kernel": [24, 3, 8], "\(attention)/value/bias": [3, 8],
        "\(attention)/out/kernel": [3, 8, 24], "\(attention)/out/bias": [24],
        "LayerNorm_2/scale": [24], "LayerNorm_2/bias": [24],
        "MlpBlock_3/Dense_0/kernel": [24, 40], "MlpBlock_3/Dense_0/bias": [40],
        "MlpBlock_3/Dense_1/kernel": [40, 24], "MlpBlock_3/Dense_1/bias": [24],
      ])
    #expect(
      entries.filter { !$0.specification.isTrained }.map(\.name)
        == ["Transformer/encoderblock_0/\(attention)/key/bias"])
  }
}
