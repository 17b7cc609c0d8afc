// One block of the Transformer encoder (patent eq. 6 and 7), pre-norm:
//   z′ = MSA(LN(z)) + z;   z = MLP(LN(z′)) + z′

import Autodiff
import Kernels
import Tensors

/// Which rows of the packed micro-batch belong to which image, class tokens included.
public struct TokenSequences {
  /// First row of every image, and the row count at the end: `[images + 1]`. The class token of
  /// image i is row `offsets[i]`.
  public let offsets: UnsafePointer<Int>
  /// 0, 1, …, images: the offsets of a batch that holds class tokens only.
  public let classTokenOffsets: UnsafePointer<Int>
  public let imageCount: Int
  /// `[rows]`: 1 valid, 0 padding; nil when every row is valid.
  public let mask: UnsafePointer<Float>?

  public init(
    offsets: UnsafePointer<Int>, classTokenOffsets: UnsafePointer<Int>, imageCount: Int,
    mask: UnsafePointer<Float>?
  ) {
    (self.offsets, self.classTokenOffsets) = (offsets, classTokenOffsets)
    (self.imageCount, self.mask) = (imageCount, mask)
  }
}

/// Sizes of an encoder block.
public struct EncoderBlockSizes: Sendable {
  public let hidden: Int
  public let heads: Int
  public let mlp: Int
  public init(hidden: Int, heads: Int, mlp: Int) {
    precondition(hidden % heads == 0, "expected hidden size divisible by \(heads), got \(hidden)")
    (self.hidden, self.heads, self.mlp) = (hidden, heads, mlp)
  }
  var headSize: Int { hidden / heads }
}

/// Sees what a block's attention weights are made of: queries and keys `[rows, hidden]`, biases
/// included. On a tape that does not record they are valid during the call only.
public typealias AttentionObserver = (_ queries: Variable, _ keys: Variable) -> Void

/// Multi-head self-attention and MLP, each behind a layer norm and around a residual.
public struct EncoderBlock: Sendable {
  let sizes: EncoderBlockSizes
  let attentionNorm: LayerNormalization
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear
  let mlpNorm: LayerNormalization
  let expand: Linear
  let contract: Linear
  /// Parameters of this block and everything behind it begin here.
  let firstParameter: Int

  /// Declares the sixteen tensors of `Transformer/encoderblock_i` under their official names.
  ///
  /// The key bias shifts all scores of a query alike and softmax cancels it: its gradient is zero
  /// by construction, so it is not trained.
  public init(_ name: String, _ sizes: EncoderBlockSizes, in builder: inout ParameterBuilder) {
    self.sizes = sizes
    firstParameter = builder.nextOffset
    let (d, heads, k) = (sizes.hidden, sizes.heads, sizes.headSize)
    let attention = "\(name)/MultiHeadDotProductAttention_1"
    let square = Initializer.xavierUniform(fanIn: d, fanOut: d)
    attentionNorm = LayerNormalization("\(name)/LayerNorm_0", size: d, epsilon: 1e-6, in: &builder)
    func projection(_ part: String, trainsBias: Bool = true) -> Linear {
      Linear(
        "\(attention)/\(part)", inputs: d, outputs: d, kernelShape: [d, heads, k],
        biasShape: [heads, k], kernel: square, trainsBias: trainsBias, in: &builder)
    }
    query = projection("query")
    key = projection("key", trainsBias: false)
    value = projection("value")
    output = Linear(
      "\(attention)/out", inputs: d, outputs: d, kernelShape: [heads, k, d], kernel: square,
      in: &builder)
    mlpNorm = LayerNormalization("\(name)/LayerNorm_2", size: d, epsilon: 1e-6, in: &builder)
    let wide = Initializer.xavierUniform(fanIn: d, fanOut: sizes.mlp)
    expand = Linear(
      "\(name)/MlpBlock_3/Dense_0", inputs: d, outputs: sizes.mlp, kernel: wide,
      bias: .normal(deviation: 1e-6), in: &builder)
    contract = Linear(
      "\(name)/MlpBlock_3/Dense_1", inputs: sizes.mlp, outputs: d, kernel: wide,
      bias: .normal(deviation: 1e-6), in: &builder)
  }

  /// All tokens in, all tokens out. z: `[rows, hidden]`; when nothing is recorded, the result takes
  /// its place.
  public func callAsFunction(
    _ z: Variable, sequences: TokenSequences, on tape: Tape, observer: AttentionObserver? = nil
  ) -> Variable {
    tape.replacing(z) {
      tape.markParameters(from: firstParameter)
      let normalized = attentionNorm(z, operandOnly: true, on: tape)
      let unobserved = observer == nil
      let queries = query(normalized, operandOnly: unobserved, on: tape)
      let keys = key(normalized, operandOnly: unobserved, on: tape)
      observer?(queries, keys)
      let attended = tape.attention(
        queries: queries, keys: keys, values: value(normalized, operandOnly: true, on: tape),
        shape: shape(sequences, queries: sequences.offsets))
      return mlp(output(attended, addingTo: z, on: tape), on: tape)
    }
  }

  /// All tokens in, class tokens out: `[images, hidden]`. What follows the last block reads nothing
  /// else, so queries, projection and MLP run on one row per image. Exact.
  public func classTokens(
    _ z: Variable, sequences: TokenSequences, on tape: Tape, observer: AttentionObserver? = nil
  ) -> Variable {
    tape.keepingOnly(rows: sequences.imageCount, columns: z.columns) {
      tape.markParameters(from: firstParameter)
      let normalized = attentionNorm(z, on: tape)
      let classRows = tape.selectRows(
        normalized, sequences.offsets, count: sequences.imageCount)
      let (queries, keys) = (query(classRows, on: tape), key(normalized, on: tape))
      observer?(queries, keys)
      let attended = tape.attention(
        queries: queries, keys: keys, values: value(normalized, on: tape),
        shape: shape(sequences, queries: sequences.classTokenOffsets))
      let residual = tape.selectRows(z, sequences.offsets, count: sequences.imageCount)
      return mlp(output(attended, addingTo: residual, on: tape), on: tape)
    }
  }

  private func mlp(_ z: Variable, on tape: Tape) -> Variable {
    let normalized = mlpNorm(z, operandOnly: true, on: tape)
    return contract.ofGELU(
      expand.withoutBias(normalized, on: tape), inputBias: expand.bias, addingTo: z, on: tape)
  }

  private func shape(
    _ sequences: TokenSequences, queries: UnsafePointer<Int>
  ) -> AttentionShape {
    AttentionShape(
      queries: queries, keys: sequences.offsets, imageCount: sequences.imageCount,
      heads: sizes.heads, headSize: sizes.headSize,
      keyMask: sequences.mask, masksQueries: queries == sequences.offsets)
  }
}
