// The whole model as plain loops in Double: the official code read line by line, image by image.

import MUSIQ
import Multiscale
import TestSupport

/// MUSIQ's outputs as a function of its parameters, for numerical gradients of a tiny configuration.
public struct NaiveMUSIQ {
  private let configuration: MUSIQConfiguration
  private let batch: TokenBatch
  private let patches: [Double]

  /// - Parameter batch: without padding.
  public init(_ configuration: MUSIQConfiguration, batch: TokenBatch) {
    precondition(!batch.isPadded, "expected a packed batch")
    (self.configuration, self.batch) = (configuration, batch)
    patches = batch.patches.elements.doubles
  }

  /// `[images · outputs]`.
  /// - Parameters:
  ///   - parameters: by official name, row-major.
  ///   - onAttention: told queries and keys, `[tokens + 1, D]`, of every image and layer in turn.
  public func callAsFunction(
    _ parameters: [String: [Double]], onAttention: ([Double], [Double]) -> Void = { _, _ in }
  ) -> [Double] {
    let network = Network(c: configuration, p: parameters)
    let embedded = network.embedding(of: patches)
    let d = configuration.hiddenSize
    return (0..<batch.imageCount).flatMap { image -> [Double] in
      let rows = batch.rows(of: image)
      let z = Naive.embeddedTokens(
        Array(embedded[rows.lowerBound * d..<rows.upperBound * d]),
        spatial: network.spatialTable,
        scale: configuration.scaleEmbedding
          ? network["Transformer/scaleembed_input/scale_embedding"] : nil,
        classToken: network["Transformer/cls"], offsets: [0, rows.count],
        spatialIndices: places(Array(batch.scaleIndices[rows]), hashed: batch.spatialIndices[rows]),
        scaleIndices: Array(batch.scaleIndices[rows]))
      return network.outputs(of: z, onAttention: onAttention)
    }
  }
}

extension NaiveMUSIQ {
  /// The rows of the spatial table that the tokens of one image use. Fixed: a scale's patches have the
  /// slots after those of all scales before it.
  private func places(_ scales: [Int32], hashed: ArraySlice<Int32>) -> [Int32] {
    guard configuration.spatialEmbedding == .fixed else { return Array(hashed) }
    let multiscale = configuration.multiscale
    return scales.indices.map { row in
      let before = multiscale.longerSideLengths.prefix(Int(scales[row])).reduce(0) {
        let side = ($1 + multiscale.patchSize - 1) / multiscale.patchSize
        return $0 + side * side
      }
      return Int32(before + scales.prefix(row).count { $0 == scales[row] })
    }
  }
}

private struct Network {
  let c: MUSIQConfiguration
  let p: [String: [Double]]

  subscript(name: String) -> [Double] {
    guard let values = p[name] else { preconditionFailure("no parameter \(name)") }
    return values
  }

  var spatialTable: [Double]? {
    switch c.spatialEmbedding {
    case .hash: self["Transformer/posembed_input/pos_embedding"]
    case .fixed: self["Transformer/posembed_input/slot_embedding"]
    case .none: nil
    }
  }

  /// The patch encoder on patches `[patches, P · P · C]`; `resnet5` is `musiq/model/resnet.py`.
  func embedding(of patches: [Double]) -> [Double] {
    if c.patchEncoder == .linear {
      return dense(patches, "embedding", rows: patches.count / c.multiscale.patchValues)
    }
    let root = Naive.Window(
      side: c.multiscale.patchSize, channels: c.multiscale.channels, size: 7, stride: 2)
    let count = patches.count / root.inputCount
    let (stem, wide) = (c.stemChannels, c.blockChannels)
    var x = convolved(patches, root, "conv_root", outputs: stem)
    x = normalized(x, "gn_root", channels: stem, count: count, epsilon: 1e-6, rectify: true)
    let pool = Naive.Window(side: root.outputSide, channels: stem, size: 3, stride: 2)
    x = Naive.maxPool(x, pool)

    func window(_ size: Int) -> Naive.Window {
      Naive.Window(side: pool.outputSide, channels: stem, size: size, stride: 1)
    }
    if c.patchEncoder == .simpleConv {
      x = convolved(x, window(3), "conv1", outputs: stem)
      x = normalized(x, "gn1", channels: stem, count: count, epsilon: 1e-4, rectify: true)
      return dense(x, "embedding", rows: count)
    }
    let unit = "block1/unit1"
    func layer(
      _ x: [Double], _ window: Naive.Window, _ index: String, channels: Int,
      residual: [Double]? = nil, rectify: Bool
    ) -> [Double] {
      let y = convolved(x, window, "\(unit)/conv\(index)", outputs: channels)
      return normalized(
        y, "\(unit)/gn\(index)", channels: channels, count: count, epsilon: 1e-4,
        residual: residual, rectify: rectify)
    }
    let residual = layer(x, window(1), "_proj", channels: wide, rectify: false)
    x = layer(x, window(1), "1", channels: stem, rectify: true)
    x = layer(x, window(3), "2", channels: stem, rectify: true)
    x = layer(x, window(1), "3", channels: wide, residual: residual, rectify: true)
    return dense(x, "embedding", rows: count)
  }

  /// Encoder and head on the tokens of one image, class token first.
  func outputs(of tokens: [Double], onAttention: ([Double], [Double]) -> Void) -> [Double] {
    let d = c.hiddenSize
    let rows = tokens.count / d
    let heads = Naive.Heads(
      queries: [0, rows], keys: [0, rows], heads: c.headCount, headSize: d / c.headCount)
    var z = tokens
    for index in 0..<c.layerCount {
      let block = "Transformer/encoderblock_\(index)"
      let attention = "\(block)/MultiHeadDotProductAttention_1"
      let x = layerNorm(z, "\(block)/LayerNorm_0")
      let queries = dense(x, "\(attention)/query", rows: rows)
      let keys = dense(x, "\(attention)/key", rows: rows)
      onAttention(queries, keys)
      let attended = Naive.attention(
        queries, keys, dense(x, "\(attention)/value", rows: rows), heads)
      z = zip(z, dense(attended, "\(attention)/out", rows: rows)).map(+)
      let y = layerNorm(z, "\(block)/LayerNorm_2")
      let hidden = Naive.biasGELU(
        Naive.linear(
          y, self["\(block)/MlpBlock_3/Dense_0/kernel"], rows: rows, inputs: d,
          outputs: c.mlpSize),
        bias: self["\(block)/MlpBlock_3/Dense_0/bias"], columns: c.mlpSize)
      z = zip(z, dense(hidden, "\(block)/MlpBlock_3/Dense_1", rows: rows)).map(+)
    }
    return dense(Array(layerNorm(z, "Transformer/encoder_norm").prefix(d)), "head", rows: 1)
  }

  private func convolved(
    _ x: [Double], _ window: Naive.Window, _ name: String, outputs: Int
  ) -> [Double] {
    let w = Naive.standardizedWeights(self["\(name)/kernel"], outputs: outputs)
    return Naive.convolution(x, w, window, outputs: outputs)
  }

  private func normalized(
    _ x: [Double], _ name: String, channels: Int, count: Int, epsilon: Double,
    residual: [Double]? = nil, rectify: Bool
  ) -> [Double] {
    Naive.groupNorm(
      x, scale: self["\(name)/scale"], bias: self["\(name)/bias"], residual: residual,
      Naive.Groups(
        patches: count, positions: x.count / count / channels, channels: channels,
        groups: c.groupCount), epsilon: epsilon, rectify: rectify)
  }

  private func layerNorm(_ x: [Double], _ name: String) -> [Double] {
    Naive.layerNorm(x, scale: self["\(name)/scale"], bias: self["\(name)/bias"], epsilon: 1e-6)
  }

  private func dense(_ x: [Double], _ name: String, rows: Int) -> [Double] {
    let bias = self["\(name)/bias"]
    return Naive.linear(
      x, self["\(name)/kernel"], bias: bias, rows: rows, inputs: x.count / rows,
      outputs: bias.count)
  }
}
