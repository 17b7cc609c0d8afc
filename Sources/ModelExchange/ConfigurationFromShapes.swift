// What the shapes of a file's parameters say about the model they belong to.

import Failures
import MUSIQ
import Multiscale

/// The model that a set of named shapes belongs to.
///
/// Names tell the patch encoder and which tables there are, shapes tell all widths, depth, heads, patch
/// side (a multiple of four, except of the linear encoder), channels, hash grid, scales and outputs.
/// Three rows of scale embedding are the published multi-scale model (224, 384, native), one row is the
/// single-scale model (native). Resized variants keep the aspect ratio, norms have 32 groups, and
/// images are taken at full size (`nativePatchCap` -1) unless a fixed spatial embedding bounds them.
public struct ConfigurationFromShapes: Equatable, Sendable {
  public private(set) var configuration = MUSIQConfiguration(outputCount: 1)
  /// Keys of the configuration that no shape tells, with the reason; empty for the published models.
  public private(set) var undetermined: [(key: String, reason: String)] = []

  /// Shapes that are no MUSIQ model, in words.
  public struct Problem: Failure, Equatable {
    public var kind: FailureKind { .checkpoint }
    public let description: String
  }

  /// - Throws: `Problem` if the shapes belong to no MUSIQ model.
  public init(_ shapes: [String: [Int]]) throws(Problem) {
    let shapes = NamedShapes(shapes: shapes)
    configuration.multiscale.longerSideLengths = []
    configuration.multiscale.nativePatchCap = -1
    try readPatchEncoder(shapes)
    try readTransformer(shapes)
    try readScales(shapes)
    try readSpatialEmbedding(shapes)
    checkGroups()
  }

  // MARK: Patch encoder

  private mutating func readPatchEncoder(_ shapes: NamedShapes) throws(Problem) {
    configuration.hiddenSize = try shapes.size("embedding/kernel", rank: 2, axis: 1)
    // 256 × 256 pixels with the ResNet are 64 × 64 positions of 256 features.
    let inputs = try shapes.size("embedding/kernel", rank: 2, axis: 0, limit: 1 << 22)
    let second = "conv1/kernel"
    if shapes.has("block1/") {
      configuration.patchEncoder = .resnet5
      configuration.blockChannels = try shapes.size("block1/unit1/conv3/kernel", rank: 4, axis: 3)
      try readRoot(shapes, features: inputs, perPosition: configuration.blockChannels)
    } else if shapes.has(second) {
      configuration.patchEncoder = .simpleConv
      try readRoot(
        shapes, features: inputs, perPosition: try shapes.size(second, rank: 4, axis: 3))
    } else if shapes.has("conv_root/") {
      throw Problem(
        description: "conv_root is followed by neither block1 nor conv1: the official code's patch "
          + "encoder without residual blocks is not supported")
    } else {
      configuration.patchEncoder = .linear
      try readPixels(inputs)
    }
  }

  private mutating func readRoot(
    _ shapes: NamedShapes, features: Int, perPosition: Int
  ) throws(Problem) {
    let channels = try shapes.size("conv_root/kernel", rank: 4, axis: 2)
    guard [1, 3, 4].contains(channels) else {
      throw Problem(description: "conv_root/kernel: \(channels) channels, expected 1, 3 or 4")
    }
    configuration.multiscale.channels = channels
    configuration.stemChannels = try shapes.size("conv_root/kernel", rank: 4, axis: 3)
    guard let side = squareRoot(features / perPosition), side > 0,
      side * side * perPosition == features
    else {
      throw Problem(
        description: "embedding/kernel: \(features) rows are no square of positions with "
          + "\(perPosition) features; a deeper patch encoder is not supported")
    }
    configuration.multiscale.patchSize = side * 4
  }

  /// No shape tells the groups of the norms.
  private mutating func checkGroups() {
    let widths: [Int]
    switch configuration.patchEncoder {
    case .resnet5: widths = [configuration.stemChannels, configuration.blockChannels]
    case .simpleConv: widths = [configuration.stemChannels]
    case .linear: widths = []
    }
    if widths.contains(where: { $0 % configuration.groupCount != 0 }) {
      undetermined.append(
        (
          "model.groupCount",
          "\(widths.map(String.init).joined(separator: " and ")) channels do not divide into 32 groups"
        ))
    }
  }

  /// P · P · C values: 3 P² is no square, but P² of one channel can be (P / 2)² of four.
  private mutating func readPixels(_ values: Int) throws(Problem) {
    if values % 3 == 0, let side = squareRoot(values / 3) {
      configuration.multiscale.patchSize = side
    } else if let side = squareRoot(values) {
      configuration.multiscale.patchSize = side
      configuration.multiscale.channels = 1
      guard side % 2 == 0 else { return }
      let reason =
        "embedding/kernel has \(values) rows: patches of \(side) pixels with 1 channel or of "
        + "\(side / 2) pixels with 4"
      undetermined.append(("model.multiscale.channels", reason))
      undetermined.append(("model.multiscale.patchSize", reason))
    } else {
      throw Problem(
        description:
          "embedding/kernel: \(values) rows are no square patch of 1, 3 or 4 channels, and "
          + "there are no convolutions")
    }
  }

  // MARK: Transformer

  private mutating func readTransformer(_ shapes: NamedShapes) throws(Problem) {
    let block = "Transformer/encoderblock_0"
    let indices = shapes.shapes.keys.compactMap { OfficialNames.encoderBlock(of: $0)?.index }
    configuration.layerCount = (indices.max() ?? 0) + 1
    configuration.headCount = try shapes.size(
      "\(block)/MultiHeadDotProductAttention_1/query/kernel", rank: 3, axis: 1)
    configuration.mlpSize = try shapes.size(
      "\(block)/MlpBlock_3/Dense_0/kernel", rank: 2, axis: 1)
    if shapes.has("head/kernel") {
      configuration.outputCount = try shapes.size("head/kernel", rank: 2, axis: 1)
    }
  }

  // MARK: Tables

  private mutating func readScales(_ shapes: NamedShapes) throws(Problem) {
    let name = "Transformer/scaleembed_input/scale_embedding"
    let key = "model.multiscale.longerSideLengths"
    configuration.scaleEmbedding = shapes.has(name)
    guard configuration.scaleEmbedding else {
      undetermined.append((key, "without a scale embedding nothing says which scales there are"))
      return
    }
    switch try shapes.size(name, rank: 3, axis: 1) {
    case 1: break
    case 3: configuration.multiscale.longerSideLengths = [224, 384]
    case let rows:
      undetermined.append(
        (key, "scale_embedding has \(rows) rows, which do not say their lengths"))
    }
  }

  private mutating func readSpatialEmbedding(_ shapes: NamedShapes) throws(Problem) {
    let hash = "Transformer/posembed_input/pos_embedding"
    let fixed = "Transformer/posembed_input/slot_embedding"
    if shapes.has(hash) {
      configuration.spatialEmbedding = .hash
      let positions = try shapes.size(hash, rank: 3, axis: 1)
      guard let grid = squareRoot(positions) else {
        throw Problem(description: "pos_embedding: \(positions) rows are no square grid")
      }
      configuration.multiscale.hashGrid = grid
    } else if shapes.has(fixed) {
      configuration.spatialEmbedding = .fixed
      readCap(slots: try shapes.size(fixed, rank: 3, axis: 1))
    } else {
      configuration.spatialEmbedding = .none
    }
  }

  /// What the resized variants leave of the slots is the native scale's.
  private mutating func readCap(slots: Int) {
    var multiscale = configuration.multiscale
    multiscale.nativePatchCap = 0
    let rest = slots - (multiscale.slotCounts ?? []).reduce(0, +)
    let knowsScales = !undetermined.contains { $0.key == "model.multiscale.longerSideLengths" }
    if knowsScales && rest > 0 {
      configuration.multiscale.nativePatchCap = rest
    } else {
      undetermined.append(
        (
          "model.multiscale.nativePatchCap",
          "slot_embedding has \(slots) rows, which do not say how many are for native patches"
        ))
    }
  }

  public static func == (a: Self, b: Self) -> Bool {
    a.configuration == b.configuration && a.undetermined.map(\.key) == b.undetermined.map(\.key)
  }
}

/// Shapes by name, read with care: they come from a file.
private struct NamedShapes {
  let shapes: [String: [Int]]

  /// Whether there is a parameter of this name, or one below it if the name ends with a slash.
  func has(_ name: String) -> Bool {
    name.hasSuffix("/")
      ? shapes.keys.contains { $0.hasPrefix(name) } : shapes[name] != nil
  }

  /// - Parameter limit: largest value; products with other sizes still fit in an integer.
  func size(
    _ name: String, rank: Int, axis: Int, limit: Int = 1 << 16
  ) throws(ConfigurationFromShapes.Problem) -> Int {
    guard let shape = shapes[name] else {
      throw ConfigurationFromShapes.Problem(
        description: "no parameter '\(name)': not a MUSIQ model")
    }
    guard shape.count == rank, (1...limit).contains(shape[axis]) else {
      throw ConfigurationFromShapes.Problem(
        description: "\(name): the shape \(shape) belongs to no MUSIQ model")
    }
    return shape[axis]
  }
}

/// The root of a square number.
private func squareRoot(_ n: Int) -> Int? {
  let root = Int(Double(n).squareRoot())
  return root * root == n ? root : nil
}
