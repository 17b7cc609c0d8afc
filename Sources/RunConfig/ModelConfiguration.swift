// The section `model` of a run's configuration: sizes of the network and of its input.

import Multiscale

/// Sizes of MUSIQ; the defaults are the published model (27.5 M parameters with 1000 classes).
public struct ModelConfiguration: Codable, Equatable, Sendable {
  /// How attention sees a batch.
  public enum Attention: String, Codable, CaseIterable, Sendable {
    /// Valid tokens only.
    case packed
    /// All tokens with a mask, as the paper defines it; slower, the same numbers.
    case padded
  }

  /// Width D of a token.
  public var hiddenSize = 384
  /// Encoder blocks.
  public var layerCount = 14
  /// Attention heads; divides `hiddenSize`.
  public var headCount = 6
  /// Width of the hidden layer of the MLP.
  public var mlpSize = 1152
  /// Channels of the root convolution of the patch encoder.
  public var stemChannels = 64
  /// Channels of the residual block of the patch encoder.
  public var blockChannels = 256
  /// How attention sees a batch.
  public var attention = Attention.packed
  /// Scales, patches and positions of the input.
  public var multiscale = MultiscaleConfiguration()

  /// The built-in defaults.
  public init() {}

  /// Values out of range, by key.
  public func problems() -> [(key: String, message: String)] {
    var found: [(key: String, message: String)] = []
    let sizes = [
      ("hiddenSize", hiddenSize), ("headCount", headCount), ("mlpSize", mlpSize),
      ("stemChannels", stemChannels), ("blockChannels", blockChannels),
    ]
    for (key, value) in sizes where !(1...65536).contains(value) {
      found.append((key, "expected 1 to 65536, found \(value)"))
    }
    if !(1...1000).contains(layerCount) {
      found.append(("layerCount", "expected 1 to 1000 blocks, found \(layerCount)"))
    }
    if headCount > 0 && hiddenSize > 0 && hiddenSize % headCount != 0 {
      found.append(
        (
          "headCount",
          "expected a divisor of model.hiddenSize (\(hiddenSize)), found \(headCount)"
        ))
    }
    return found + multiscale.problems().map { ("multiscale.\($0.key)", $0.message) }
  }
}
