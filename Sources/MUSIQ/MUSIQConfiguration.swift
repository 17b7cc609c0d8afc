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
  /// Channels of the root convolution and inside the residual block. Divisible by `groupCount`.
  public var stemChannels: Int
  /// Channels of the residual block's output. Divisible by `groupCount`.
  public var blockChannels: Int
  /// Groups of every group norm.
  public var groupCount: Int
  /// Outputs of the head: classes, or 1 for a score. 0: the number of classes of the training data.
  public var outputCount: Int
  public var attention: AttentionLayout
  public var multiscale: MultiscaleConfiguration
  /// What the outputs stand for.
  public var score: ScoreConfiguration

  public init(
    hiddenSize: Int = 384, layerCount: Int = 14, headCount: Int = 6, mlpSize: Int = 1152,
    stemChannels: Int = 64, blockChannels: Int = 256, groupCount: Int = 32, outputCount: Int = 0,
    attention: AttentionLayout = .packed,
    multiscale: MultiscaleConfiguration = MultiscaleConfiguration(),
    score: ScoreConfiguration = ScoreConfiguration()
  ) {
    (self.hiddenSize, self.layerCount) = (hiddenSize, layerCount)
    (self.headCount, self.mlpSize) = (headCount, mlpSize)
    (self.stemChannels, self.blockChannels) = (stemChannels, blockChannels)
    (self.groupCount, self.outputCount) = (groupCount, outputCount)
    (self.attention, self.multiscale, self.score) = (attention, multiscale, score)
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
    atLeastOne("stemChannels", stemChannels)
    atLeastOne("blockChannels", blockChannels)
    atLeastOne("groupCount", groupCount)
    if outputCount < 0 {
      found.append(("outputCount", "expected 0 (from the data) or more, found \(outputCount)"))
    }
    func divisible(_ key: String, _ value: Int, by divisorKey: String, _ divisor: Int) {
      if value > 0, divisor > 0, value % divisor != 0 {
        found.append((key, "expected a multiple of \(divisorKey) (\(divisor)), found \(value)"))
      }
    }
    divisible("hiddenSize", hiddenSize, by: "headCount", headCount)
    divisible("stemChannels", stemChannels, by: "groupCount", groupCount)
    divisible("blockChannels", blockChannels, by: "groupCount", groupCount)
    return found + multiscale.problems().map { ("multiscale.\($0.key)", $0.message) }
      + score.problems().map { ("score.\($0.key)", $0.message) }
  }
}
