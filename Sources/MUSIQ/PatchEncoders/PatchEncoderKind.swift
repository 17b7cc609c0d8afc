// Which patch encoder a model has: the variants of the paper's ablation of patch encoding.

import Layers

/// How the pixels of a patch become a token.
public enum PatchEncoderKind: String, Codable, Sendable, CaseIterable {
  /// The published model's five-layer ResNet, 27.1 million parameters with everything behind it.
  case resnet5
  /// Two convolutions, 7 × 7 and 3 × 3.
  case simpleConv
  /// One dense layer, as in the Vision Transformer.
  case linear

  /// Whether there is a root convolution with its norm.
  var hasStem: Bool { self != .linear }
  /// Whether there is a residual block.
  var hasBlock: Bool { self == .resnet5 }

  /// Declares the parameters of such an encoder.
  func encoder(
    _ configuration: MUSIQConfiguration, in builder: inout ParameterBuilder
  ) -> any PatchEncoder {
    switch self {
    case .resnet5: ResNetPatchEncoder(configuration, in: &builder)
    case .simpleConv: ConvolutionalPatchEncoder(configuration, in: &builder)
    case .linear: LinearPatchEncoder(configuration, in: &builder)
    }
  }

  /// Multiply-accumulates of the forward pass, per patch.
  func cost(_ configuration: MUSIQConfiguration) -> Double {
    switch self {
    case .resnet5: ResNetPatchEncoder.cost(configuration)
    case .simpleConv: ConvolutionalPatchEncoder.cost(configuration)
    case .linear: LinearPatchEncoder.cost(configuration)
    }
  }
}
