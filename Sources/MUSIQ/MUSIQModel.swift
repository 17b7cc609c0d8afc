// MUSIQ: multi-scale image quality Transformer (Ke et al., ICCV 2021; US patent 12,217,382).
// patches → patch encoder → + spatial and scale embedding, class token → encoder → norm → head

import Autodiff
import Kernels
import Layers
import Multiscale
import Tensors

/// Sees intermediate results by the names of the golden data: `root_relu` and `pool` once per chunk
/// of patches, then `patch_features`, `embedding`, `block0` …, `encoder_norm`; before each block
/// its `block0.queries` and `block0.keys` (of the last block, queries of class tokens only). On a
/// tape that does not record a value is valid during the call only.
public typealias ModelObserver = (_ name: String, _ value: Variable) -> Void

/// The network as a value: where its parameters lie and how a batch passes through. It owns no
/// memory and knows no rank, so all workers share one.
public struct MUSIQModel: Sendable {
  public let configuration: MUSIQConfiguration
  /// Official names, shapes and initializers in the order of the flat store.
  public let layout: ParameterLayout
  /// Floats of the store that `prepare` fills.
  public let preparedCount: Int

  private let patchEncoder: any PatchEncoder
  private let tables: TokenTables
  private let blocks: [EncoderBlock]
  private let encoderNorm: LayerNormalization
  private let head: Linear
  private let firstEmbeddingParameter: Int
  private let firstHeadParameter: Int

  /// - Precondition: `configuration.problems()` is empty and `outputCount` is positive.
  public init(_ configuration: MUSIQConfiguration) {
    precondition(configuration.outputCount > 0, "outputCount is not resolved")
    self.configuration = configuration
    let d = configuration.hiddenSize
    var builder = ParameterBuilder()
    patchEncoder = configuration.patchEncoder.encoder(configuration, in: &builder)
    firstEmbeddingParameter = builder.nextOffset
    tables = Self.tables(configuration, in: &builder)
    let sizes = EncoderBlockSizes(
      hidden: d, heads: configuration.headCount, mlp: configuration.mlpSize)
    blocks = (0..<configuration.layerCount).map {
      EncoderBlock("Transformer/encoderblock_\($0)", sizes, in: &builder)
    }
    firstHeadParameter = builder.nextOffset
    encoderNorm = LayerNormalization(
      "Transformer/encoder_norm", size: d, epsilon: 1e-6, in: &builder)
    head = Linear(
      "head", inputs: d, outputs: configuration.outputCount, kernel: .zeros, in: &builder)
    layout = builder.layout()
    preparedCount = builder.preparedCount
  }

  /// Declares the tables that the configuration asks for; the others do not exist.
  private static func tables(
    _ c: MUSIQConfiguration, in builder: inout ParameterBuilder
  ) -> TokenTables {
    let d = c.hiddenSize
    func declare(_ name: String, rows: Int) -> ParameterReference {
      builder.declare(
        name, shape: [1, rows, d], rows: rows, columns: d, .normal(deviation: 0.02))
    }
    let spatial = c.spatialEmbedding.table(c.multiscale).map { declare($0.name, rows: $0.rows) }
    let scale =
      c.scaleEmbedding
      ? declare("Transformer/scaleembed_input/scale_embedding", rows: c.multiscale.scaleCount)
      : nil
    return TokenTables(
      spatial: spatial, scale: scale,
      classToken: builder.declare("Transformer/cls", shape: [1, 1, d], .zeros))
  }

  /// Computes what depends on parameters alone, once per step: the standardized kernels.
  /// - Parameters: parameters `[layout.storageCount]`; prepared `[preparedCount]`.
  public func prepare(
    from parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>
  ) {
    for convolution in patchEncoder.convolutions {
      convolution.prepare(from: parameters, into: prepared)
    }
  }

  /// Completes the gradient of a shard after its last micro-batch: the pullback of `prepare`.
  public func finishGradients(
    _ gradients: UnsafeMutablePointer<Float>, parameters: UnsafePointer<Float>
  ) {
    for convolution in patchEncoder.convolutions {
      convolution.finishGradient(gradients, parameters: parameters)
    }
  }

  /// The outputs of a micro-batch.
  ///
  /// With `attention: packed` masked rows are dropped first, which changes nothing but the time.
  /// - Parameters:
  ///   - batch: must stay alive until the tape is reset.
  ///   - observesAllTokens: compute the last block for all tokens, not for class tokens only.
  /// - Returns: `[images, outputs]`.
  public func callAsFunction(
    _ batch: TokenBatch, on tape: Tape, observesAllTokens: Bool = false,
    observer: ModelObserver? = nil
  ) -> Variable {
    let batch = configuration.attention == .packed ? batch.packed() : batch
    tape.retain(batch)
    let patches = tape.constant(
      batch.patches.pointer, rows: batch.rowCount, columns: batch.patchValues)
    let embedded = patchEncoder(patches, on: tape, observer: observer)
    observer?("embedding", embedded)

    tape.markParameters(from: firstEmbeddingParameter)
    let indices = TokenIndices(
      offsets: tape.keep(batch.offsets), imageCount: batch.imageCount,
      spatial: tape.keep(
        configuration.spatialEmbedding.indices(batch, configuration.multiscale)),
      scale: tape.keep(batch.scaleIndices))
    var z = tape.embedTokens(embedded, tables: tables, indices: indices)
    let sequences = sequences(of: batch, on: tape)
    for (index, block) in blocks.enumerated() {
      let isLast = index == blocks.count - 1
      let attention: AttentionObserver? = observer.map { observer in
        { (queries, keys) in
          observer("block\(index).queries", queries)
          observer("block\(index).keys", keys)
        }
      }
      z =
        isLast && !observesAllTokens
        ? block.classTokens(z, sequences: sequences, on: tape, observer: attention)
        : block(z, sequences: sequences, on: tape, observer: attention)
      observer?("block\(index)", z)
    }

    tape.markParameters(from: firstHeadParameter)
    z = encoderNorm(z, on: tape)
    observer?("encoder_norm", z)
    if observesAllTokens { z = tape.selectRows(z, sequences.offsets, count: batch.imageCount) }
    return head(z, on: tape)
  }

  /// Row ranges of the images in the encoder, where each has one more row: its class token.
  private func sequences(of batch: TokenBatch, on tape: Tape) -> TokenSequences {
    var mask: UnsafePointer<Float>?
    if batch.isPadded {
      var rows: [Float] = []
      for image in 0..<batch.imageCount { rows += [1] + batch.mask[batch.rows(of: image)] }
      mask = tape.keep(rows)
    }
    return TokenSequences(
      offsets: tape.keep(batch.offsets.enumerated().map { $1 + $0 }),
      classTokenOffsets: tape.keep(Array(0...batch.imageCount)), imageCount: batch.imageCount,
      mask: mask)
  }
}
