// The small convolutional patch encoder of the paper's ablation.
//   root: conv 7×7/2 – norm – ReLU – max pool 3×3/2
//   conv 3×3 – norm – ReLU
//   embedding: flatten (y, x, channel) – dense

import Autodiff
import Kernels
import Layers

/// Two convolutions, 7 × 7 and 3 × 3, and a dense layer.
///
/// Published are the sizes of the two kernels, their order and a model of about 23 million
/// parameters (AVA ablation of patch encoders: SRCC 0.717, between 0.703 of the linear one and
/// 0.726 of the ResNet). Everything else here is a choice: the root is that of the official code
/// with norm and pooling, the second convolution keeps its width and has the standardized kernel,
/// the norm (32 groups, ε 10⁻⁴) and the ReLU of the ResNet's 3 × 3 convolution. That makes
/// 22,369,217 parameters at the published sizes and one output; the official code without residual
/// blocks, which has no second convolution, has 22,332,225. `conv1` and `gn1` are names of our own.
struct ConvolutionalPatchEncoder: FeatureEncoder {
  let root: RootLayers
  let second: StandardizedConvolution
  let secondNorm: GroupNormalization
  let embedding: Linear

  init(_ c: MUSIQConfiguration, in builder: inout ParameterBuilder) {
    let stem = c.stemChannels
    root = RootLayers(c, in: &builder)
    let window = WindowGeometry(side: root.pool.outputSide, channels: stem, size: 3, stride: 1)
    second = StandardizedConvolution("conv1", geometry: window, outputs: stem, in: &builder)
    secondNorm = GroupNormalization(
      "gn1", channels: stem, groups: c.groupCount, epsilon: 1e-4, in: &builder)
    embedding = Linear(
      "embedding", inputs: root.positions * stem, outputs: c.hiddenSize, kernel: .lecunNormal,
      in: &builder)
  }

  var convolutions: [StandardizedConvolution] { [root.convolution, second] }

  var featureCount: Int { root.positions * second.outputs }

  func writeFeatures(of x: Variable, into target: Variable, on tape: Tape) {
    secondNorm(second(x, on: tape), positions: root.positions, into: target, on: tape)
  }

  static func cost(_ c: MUSIQConfiguration) -> Double {
    let (products, positions) = RootLayers.cost(c)
    let stem = Double(c.stemChannels)
    return products + positions * 9 * stem * stem + positions * stem * Double(c.hiddenSize)
  }
}
