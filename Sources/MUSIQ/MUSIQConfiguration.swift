// The section `model` of a run's configuration: the sizes of the network. The defaults are the
// published model.

import Configuration
import Multiscale

/// How masked rows are treated.
public enum AttentionLayout: String, Codable, Sendable, CaseIterable {
  /// Only valid tokens are computed; images are packed one after another. The default.
  case packed
  /// The paper's definition: padded rows are computed and masked out. Same outputs; for comparison.
  case padded
}

/// Shape of a MUSIQ model (section 4.2 of the paper; official configuration).
public struct MUSIQConfiguration: ConfigurationSection {
  /// D, the width of tokens. Divisible by `headCount`.
  public var hiddenSize: Int
  /// Encoder blocks.
  public var layerCount: Int
  /// Attention heads.
  public var headCount: Int
  /// Width of the hidden layer of each block's MLP.
  public var mlpSize: Int
  /// Channels of the root convolution and inside the residual block. Divisible by `groupCount`;
  /// without meaning for the linear patch encoder.
  public var stemChannels: Int
  /// Channels of the residual block's output. Divisible by `groupCount`; without meaning for other
  /// patch encoders than `resnet5`.
  public var blockChannels: Int
  /// Groups of every group norm.
  public var groupCount: Int
  /// Outputs of the head: classes, or 1 for a score. 0: the number of classes of the training data.
  public var outputCount: Int
  public var attention: AttentionLayout
  /// What makes tokens of patches.
  public var patchEncoder: PatchEncoderKind
  /// What is learned about the place of a patch in its image.
  public var spatialEmbedding: SpatialEmbedding
  /// Whether there is a learned vector per scale.
  public var scaleEmbedding: Bool
  public var multiscale: MultiscaleConfiguration
  /// What the outputs stand for.
  public var score: ScoreConfiguration

  // Widths are bounded as those of stored models are: products of three of them fit in an integer.
  public static let keys: [ConfigurationKey<Self>] = [
    .integer("hiddenSize", \.hiddenSize, 1...65536, "width of tokens; a multiple of `headCount`"),
    .integer("layerCount", \.layerCount, 1...1024, "encoder blocks"),
    .integer("headCount", \.headCount, 1...65536, "attention heads"),
    .integer("mlpSize", \.mlpSize, 1...65536, "width inside the MLP of each block"),
    .integer(
      "stemChannels", \.stemChannels, 1...65536, when: { $0.patchEncoder.hasStem },
      "channels of the root convolution; a multiple of `groupCount`; not of `linear`"),
    .integer(
      "blockChannels", \.blockChannels, 1...65536, when: { $0.patchEncoder.hasBlock },
      "channels after the residual block; a multiple of `groupCount`; of `resnet5` only"),
    .integer(
      "groupCount", \.groupCount, 1...65536, when: { $0.patchEncoder.hasStem },
      "groups of every group norm; not of `linear`"),
    .integer(
      "outputCount", \.outputCount, 0...1_000_000,
      "outputs; 0: as many as the labels need (classes, ratings, attributes, or 1)"),
    .choice(
      "attention", \.attention,
      "`packed`: valid tokens only; `padded`: the masks of the paper, same outputs, slower"),
    .choice(
      "patchEncoder", \.patchEncoder,
      """
      from pixels to tokens: `resnet5`, the published ResNet (27.1 million parameters in all); \
      `simpleConv`, convolutions 7 × 7 and 3 × 3 (22.4); `linear`, one dense layer (21.9)
      """),
    .choice(
      "spatialEmbedding", \.spatialEmbedding,
      """
      learned positions: `hash`, a grid laid over the image; `fixed`, one per row of the padded \
      sequence (needs a positive `nativePatchCap` if the native scale is on); `none`
      """),
    .flag("scaleEmbedding", \.scaleEmbedding, "whether there is a learned vector per scale"),
    .section("multiscale", \.multiscale, "scales, patches and the spatial hash"),
    .section("score", \.score, "what the outputs stand for"),
  ]

  public init(
    hiddenSize: Int = 384, layerCount: Int = 14, headCount: Int = 6, mlpSize: Int = 1152,
    stemChannels: Int = 64, blockChannels: Int = 256, groupCount: Int = 32, outputCount: Int = 0,
    attention: AttentionLayout = .packed, patchEncoder: PatchEncoderKind = .resnet5,
    spatialEmbedding: SpatialEmbedding = .hash, scaleEmbedding: Bool = true,
    multiscale: MultiscaleConfiguration = MultiscaleConfiguration(),
    score: ScoreConfiguration = ScoreConfiguration()
  ) {
    (self.hiddenSize, self.layerCount) = (hiddenSize, layerCount)
    (self.headCount, self.mlpSize) = (headCount, mlpSize)
    (self.stemChannels, self.blockChannels) = (stemChannels, blockChannels)
    (self.groupCount, self.outputCount) = (groupCount, outputCount)
    (self.attention, self.patchEncoder) = (attention, patchEncoder)
    (self.spatialEmbedding, self.scaleEmbedding) = (spatialEmbedding, scaleEmbedding)
    (self.multiscale, self.score) = (multiscale, score)
  }

  public func checkTogether(_ check: inout Check) {
    func divisible(_ key: String, _ value: Int, by divisorKey: String, _ divisor: Int) {
      check.require(
        value.isMultiple(of: divisor), key,
        "expected a multiple of \(divisorKey) (\(divisor)), found \(value)")
    }
    divisible("hiddenSize", hiddenSize, by: "headCount", headCount)
    if patchEncoder.hasStem {
      divisible("stemChannels", stemChannels, by: "groupCount", groupCount)
    }
    if patchEncoder.hasBlock {
      divisible("blockChannels", blockChannels, by: "groupCount", groupCount)
    }
    check.require(
      outputCount == 0 || score.names.count <= outputCount, "score.names",
      "expected at most one name for each of the \(outputCount) outputs, found \(score.names.count)"
    )
    check.require(
      spatialEmbedding != .fixed || !multiscale.includesNative || multiscale.nativePatchCap > 0,
      "multiscale.nativePatchCap",
      "expected a positive number with spatialEmbedding: fixed, which has a vector for every "
        + "native patch; found \(multiscale.nativePatchCap)")
  }
}
