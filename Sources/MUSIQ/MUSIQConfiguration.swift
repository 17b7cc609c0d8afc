// The sizes of the model, all of them configuration. The defaults are the published model.

import Multiscale

/// How masked rows are treated.
public enum AttentionLayout: String, Codable, Sendable, CaseIterable {
  /// Only valid tokens are computed; images are packed one after another. The default.
  case packed
  /// The paper's definition: padded rows are computed and masked out. Same outputs; for comparison.
  case padded
}

/// Shape of a MUSIQ model (section 4.2 of the paper; official configuration).
public struct MUSIQConfiguration: Codable, Sendable, Equatable {
  /// D, the width of tokens. Divisible by `headCount`.
  public var hiddenSize: Int
  /// Encoder blocks.
  public var layerCount: Int
  /// Attention heads.
  public var headCount: Int
  /// Width of the hidden layer of each block's MLP.
  public var mlpSize: Int
  /// Channels of the root convolution and inside the residual block. Divisible by `groupCount`; without
  /// meaning for the linear patch encoder.
  public var stemChannels: Int
  /// Channels of the residual block's output. Divisible by `groupCount`; without meaning for other patch
  /// encoders than `resnet5`.
  public var blockChannels: Int
  /// Groups of every group norm.
  public var groupCount: Int
  /// Outputs of the head: classes, or 1 for a score. 0: the number of classes of the training data.
  public var outputCount: Int
  public var attention: AttentionLayout
  /// What makes tokens of patches.
  public var patchEncoder: PatchEncoderKind
  /// What is learned about the place of a patch in its picture.
  public var spatialEmbedding: SpatialEmbedding
  /// Whether there is a learned vector per scale.
  public var scaleEmbedding: Bool
  public var multiscale: MultiscaleConfiguration
  /// What the outputs stand for.
  public var score: ScoreConfiguration

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

  /// Everything that is wrong with the values, by key; empty when a model can be built.
  public func problems() -> [(key: String, message: String)] {
    var found: [(key: String, message: String)] = []
    func atLeastOne(_ key: String, _ value: Int) {
      if value < 1 { found.append((key, "expected a positive number, found \(value)")) }
    }
    atLeastOne("hiddenSize", hiddenSize)
    atLeastOne("layerCount", layerCount)
    atLeastOne("headCount", headCount)
    atLeastOne("mlpSize", mlpSize)
    // Sizes of layers that the model does not have are not looked at.
    let hasStem = patchEncoder != .linear
    let hasBlock = patchEncoder == .resnet5
    if hasStem { atLeastOne("stemChannels", stemChannels) }
    if hasBlock { atLeastOne("blockChannels", blockChannels) }
    if hasStem { atLeastOne("groupCount", groupCount) }
    if outputCount < 0 {
      found.append(("outputCount", "expected 0 (from the data) or more, found \(outputCount)"))
    }
    func divisible(_ key: String, _ value: Int, by divisorKey: String, _ divisor: Int) {
      if value > 0, divisor > 0, value % divisor != 0 {
        found.append((key, "expected a multiple of \(divisorKey) (\(divisor)), found \(value)"))
      }
    }
    divisible("hiddenSize", hiddenSize, by: "headCount", headCount)
    if hasStem { divisible("stemChannels", stemChannels, by: "groupCount", groupCount) }
    if hasBlock { divisible("blockChannels", blockChannels, by: "groupCount", groupCount) }
    if spatialEmbedding == .fixed, multiscale.includesNative,
      (-1...0).contains(multiscale.nativePatchCap)
    {
      found.append(
        (
          "multiscale.nativePatchCap",
          "expected a positive number with spatialEmbedding: fixed, which has a vector for every "
            + "native patch; found \(multiscale.nativePatchCap)"
        ))
    }
    return found + multiscale.problems().map { ("multiscale.\($0.key)", $0.message) }
      + score.problems().map { ("score.\($0.key)", $0.message) }
  }
}
