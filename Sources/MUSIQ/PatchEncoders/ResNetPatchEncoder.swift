// The published patch encoder: a five-layer ResNet on every patch (musiq/model/resnet.py).
//   root: conv 7×7/2 – norm – ReLU – max pool 3×3/2
//   block: relu(norm(proj 1×1) + norm(conv 1×1 ← relu norm conv 3×3 ← relu norm conv 1×1))
//   embedding: flatten (y, x, channel) – dense

import Autodiff
import Kernels
import Layers
import Tensors

struct ResNetPatchEncoder: FeatureEncoder {
  let root: RootLayers
  let reduce: StandardizedConvolution
  let reduceNorm: GroupNormalization
  let spatial: StandardizedConvolution
  let spatialNorm: GroupNormalization
  let expand: StandardizedConvolution
  let expandNorm: GroupNormalization
  let projection: StandardizedConvolution
  let projectionNorm: GroupNormalization
  let embedding: Linear

  init(_ c: MUSIQConfiguration, in builder: inout ParameterBuilder) {
    let (stem, wide, groups) = (c.stemChannels, c.blockChannels, c.groupCount)
    root = RootLayers(c, in: &builder)
    let side = root.pool.outputSide
    func window(_ channels: Int, _ size: Int) -> WindowGeometry {
      WindowGeometry(side: side, channels: channels, size: size, stride: 1)
    }
    func norm(_ name: String, _ channels: Int, _ scale: Initializer = .ones) -> GroupNormalization {
      GroupNormalization(
        name, channels: channels, groups: groups, epsilon: 1e-4, initialScale: scale,
        in: &builder)
    }
    let unit = "block1/unit1"
    projection = StandardizedConvolution(
      "\(unit)/conv_proj", geometry: window(stem, 1), outputs: wide, in: &builder)
    projectionNorm = norm("\(unit)/gn_proj", wide)
    reduce = StandardizedConvolution(
      "\(unit)/conv1", geometry: window(stem, 1), outputs: stem, in: &builder)
    reduceNorm = norm("\(unit)/gn1", stem)
    spatial = StandardizedConvolution(
      "\(unit)/conv2", geometry: window(stem, 3), outputs: stem, in: &builder)
    spatialNorm = norm("\(unit)/gn2", stem)
    expand = StandardizedConvolution(
      "\(unit)/conv3", geometry: window(stem, 1), outputs: wide, in: &builder)
    expandNorm = norm("\(unit)/gn3", wide, .zeros)
    embedding = Linear(
      "embedding", inputs: side * side * wide, outputs: c.hiddenSize, kernel: .lecunNormal,
      in: &builder)
  }

  var convolutions: [StandardizedConvolution] {
    [root.convolution, projection, reduce, spatial, expand]
  }

  var featureCount: Int { root.positions * expand.outputs }

  func writeFeatures(of x: Variable, into target: Variable, on tape: Tape) {
    let positions = root.positions
    var y = reduceNorm(reduce(x, on: tape), positions: positions, on: tape)
    y = spatialNorm(spatial(y, on: tape), positions: positions, on: tape)
    tape.bottleneckSum(
      y, expand.followed(by: expandNorm), residual: x, projection.followed(by: projectionNorm),
      positions: positions, into: target)
  }

  static func cost(_ c: MUSIQConfiguration) -> Double {
    let (products, positions) = RootLayers.cost(c)
    let (stem, wide) = (Double(c.stemChannels), Double(c.blockChannels))
    return products + positions * (2 * stem * wide + stem * stem + 9 * stem * stem)
      + positions * wide * Double(c.hiddenSize)
  }
}
