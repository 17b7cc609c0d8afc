// From pixels to tokens: a five-layer ResNet on every patch (musiq/model/resnet.py).
//   root: conv 7×7/2 – norm – ReLU – max pool 3×3/2
//   block: relu(norm(proj 1×1) + norm(conv 1×1 ← relu norm conv 3×3 ← relu norm conv 1×1))
//   embedding: flatten (y, x, channel) – dense

import Autodiff
import Kernels
import Layers
import Tensors

/// The patch encoder: `[patches, P · P · 3]` → `[patches, D]`.
struct PatchEncoder: Sendable {
  /// Patches per pass of the convolutions. Their features (64 KiB each after the root) stay in the
  /// second-level cache between one operation and the next.
  static let chunk = 8
  /// Patches whose features exist at once when nothing is recorded: 32 MiB.
  static let inferenceGroup = 512

  let rootConvolution: StandardizedConvolution
  let rootNorm: GroupNormalization
  let pool: WindowGeometry
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
    let root = WindowGeometry(side: c.multiscale.patchSize, channels: 3, size: 7, stride: 2)
    pool = WindowGeometry(side: root.outputSide, channels: stem, size: 3, stride: 2)
    let side = pool.outputSide
    func window(_ channels: Int, _ size: Int) -> WindowGeometry {
      WindowGeometry(side: side, channels: channels, size: size, stride: 1)
    }
    func norm(_ name: String, _ channels: Int, _ epsilon: Float, _ scale: Initializer = .ones)
      -> GroupNormalization
    {
      GroupNormalization(
        name, channels: channels, groups: groups, epsilon: epsilon, initialScale: scale,
        in: &builder)
    }
    let unit = "block1/unit1"
    rootConvolution = StandardizedConvolution(
      "conv_root", geometry: root, outputs: stem, in: &builder)
    rootNorm = norm("gn_root", stem, 1e-6)
    projection = StandardizedConvolution(
      "\(unit)/conv_proj", geometry: window(stem, 1), outputs: wide, in: &builder)
    projectionNorm = norm("\(unit)/gn_proj", wide, 1e-4)
    reduce = StandardizedConvolution(
      "\(unit)/conv1", geometry: window(stem, 1), outputs: stem, in: &builder)
    reduceNorm = norm("\(unit)/gn1", stem, 1e-4)
    spatial = StandardizedConvolution(
      "\(unit)/conv2", geometry: window(stem, 3), outputs: stem, in: &builder)
    spatialNorm = norm("\(unit)/gn2", stem, 1e-4)
    expand = StandardizedConvolution(
      "\(unit)/conv3", geometry: window(stem, 1), outputs: wide, in: &builder)
    expandNorm = norm("\(unit)/gn3", wide, 1e-4, .zeros)
    embedding = Linear(
      "embedding", inputs: side * side * wide, outputs: c.hiddenSize, kernel: .lecunNormal,
      in: &builder)
  }

  /// Every convolution, for `prepare` and `finishGradients`.
  var convolutions: [StandardizedConvolution] {
    [rootConvolution, projection, reduce, spatial, expand]
  }

  /// - Parameter patches: `[patches, P · P · 3]`, a constant: pixels need no gradient.
  func callAsFunction(_ patches: Variable, on tape: Tape, observer: ModelObserver?) -> Variable {
    guard !tape.isRecording, patches.rows > Self.inferenceGroup else {
      return embed(patches, on: tape, observer: observer)
    }
    // The features of all patches of a photograph would take 64 KiB each; without a gradient to come
    // they are needed only until they are embedded.
    let embedded = tape.buffer(rows: patches.rows, columns: embedding.outputs)
    for first in stride(from: 0, to: patches.rows, by: Self.inferenceGroup) {
      let rows = first..<min(first + Self.inferenceGroup, patches.rows)
      tape.discardingTemporaries {
        let part = embed(patches.rows(rows), on: tape, observer: observer)
        embedded.rows(rows).value.update(from: part.value, count: part.count)
      }
    }
    return embedded
  }

  /// `[rows, P · P · 3]` → `[rows, D]`, features of all rows at once.
  private func embed(_ patches: Variable, on tape: Tape, observer: ModelObserver?) -> Variable {
    tape.keepingOnly(rows: patches.rows, columns: embedding.outputs) {
      let features = tape.buffer(
        rows: patches.rows, columns: pool.outputPositions * expand.outputs)
      for first in stride(from: 0, to: patches.rows, by: Self.chunk) {
        let rows = first..<min(first + Self.chunk, patches.rows)
        let target = features.rows(rows)
        tape.discardingTemporaries {
          residualBlock(
            root(patches.rows(rows), on: tape, observer: observer), into: target, on: tape)
        }
      }
      observer?("patch_features", features)
      return embedding(features, on: tape)
    }
  }

  /// `[chunk, P · P · 3]` → `[chunk · positions, stem]`. Only an observer sees the features before
  /// pooling as a variable.
  private func root(_ patches: Variable, on tape: Tape, observer: ModelObserver?) -> Variable {
    let convolved = rootConvolution(patches, on: tape)
    guard let observer else { return rootNorm.pooled(convolved, geometry: pool, on: tape) }
    let rectified = rootNorm(
      convolved, positions: rootConvolution.geometry.outputPositions, on: tape)
    observer("root_relu", rectified)
    let pooled = tape.maxPool(rectified, geometry: pool)
    observer("pool", pooled)
    return pooled
  }

  /// `[chunk · positions, stem]` → `target`, `[chunk, positions · wide]`.
  private func residualBlock(_ x: Variable, into target: Variable, on tape: Tape) {
    let positions = pool.outputPositions
    var y = reduceNorm(reduce(x, on: tape), positions: positions, on: tape)
    y = spatialNorm(spatial(y, on: tape), positions: positions, on: tape)
    tape.bottleneckSum(
      y, expand.followed(by: expandNorm), residual: x, projection.followed(by: projectionNorm),
      positions: positions, into: target)
  }
}
