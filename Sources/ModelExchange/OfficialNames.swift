// Which names the official checkpoints have, and what the shapes behind them say about the model.

import MUSIQ
import Multiscale

public enum OfficialNames {
  /// The names of a model with one encoder block.
  private static let names = Set(
    MUSIQModel(MUSIQConfiguration(layerCount: 1, outputCount: 1)).layout.entries.map(\.name))

  /// Whether a MUSIQ model of any depth can have a parameter of this name.
  static func contains(_ name: String) -> Bool {
    guard let (index, rest) = encoderBlock(of: name) else { return names.contains(name) }
    return (0..<layerLimit).contains(index) && names.contains("\(blockPrefix)0\(rest)")
  }

  /// 3 and "/LayerNorm_0/scale" of `Transformer/encoderblock_3/LayerNorm_0/scale`.
  static func encoderBlock(of name: String) -> (index: Int, rest: Substring)? {
    guard name.hasPrefix(blockPrefix) else { return nil }
    let tail = name.dropFirst(blockPrefix.count)
    let digits = tail.prefix { $0.isASCII && $0.isNumber }
    guard digits.count <= 4, let index = Int(digits), String(index) == digits else { return nil }
    return (index, tail.dropFirst(digits.count))
  }

  static let blockPrefix = "Transformer/encoderblock_"
  static let layerLimit = 256
}

/// The model that a set of named shapes belongs to.
public struct ConfigurationFromShapes: Equatable, Sendable {
  public var configuration: MUSIQConfiguration
  /// Keys of the configuration that no shape tells, with the reason; empty for the published models.
  public var undetermined: [(key: String, reason: String)] = []

  /// Shapes that are no MUSIQ model, in words.
  public struct Problem: Error, Equatable, CustomStringConvertible {
    public let description: String
  }

  /// Largest value of any size; products of four of them still fit in an integer.
  private static let sizeLimit = 65_536

  /// Derives everything from shapes: widths, depth, heads, patch side, hash grid, scales and outputs.
  ///
  /// Three rows of scale embedding are the published multi-scale model (224, 384, native), one row is the
  /// single-scale model (native). Pictures are taken at full size: `nativePatchCap` is -1.
  public init(_ shapes: [String: [Int]]) throws(Problem) {
    func size(_ name: String, rank: Int, axis: Int) throws(Problem) -> Int {
      guard let shape = shapes[name] else {
        throw Problem(description: "no parameter '\(name)': not a MUSIQ model")
      }
      guard shape.count == rank, (1...Self.sizeLimit).contains(shape[axis]) else {
        throw Problem(description: "\(name): the shape \(shape) belongs to no MUSIQ model")
      }
      return shape[axis]
    }
    let attention = "Transformer/encoderblock_0/MultiHeadDotProductAttention_1"
    let stem = try size("conv_root/kernel", rank: 4, axis: 3)
    let wide = try size("block1/unit1/conv3/kernel", rank: 4, axis: 3)
    let hidden = try size("embedding/kernel", rank: 2, axis: 1)
    let features = shapes["embedding/kernel"]?.first ?? 0
    let side = Self.squareRoot(features / wide)
    guard side > 0, side * side * wide == features else {
      throw Problem(
        description: "embedding/kernel: \(features) rows are no square of positions with \(wide) "
          + "features; a deeper patch encoder is not supported")
    }
    let positions = try size("Transformer/posembed_input/pos_embedding", rank: 3, axis: 1)
    let grid = Self.squareRoot(positions)
    guard grid * grid == positions else {
      throw Problem(description: "pos_embedding: \(positions) rows are no square grid")
    }
    let scales = try size("Transformer/scaleembed_input/scale_embedding", rank: 3, axis: 1)
    let layers = shapes.keys.compactMap { OfficialNames.encoderBlock(of: $0)?.index }.max() ?? 0
    var multiscale = MultiscaleConfiguration(
      patchSize: side * 4, hashGrid: grid, longerSideLengths: [], includesNative: true,
      nativePatchCap: -1)
    switch scales {
    case 1: break
    case 3: multiscale.longerSideLengths = [224, 384]
    default:
      undetermined.append(
        (
          "model.multiscale.longerSideLengths",
          "scale_embedding has \(scales) rows, which do not say their lengths"
        ))
    }
    configuration = MUSIQConfiguration(
      hiddenSize: hidden, layerCount: layers + 1,
      headCount: try size("\(attention)/query/kernel", rank: 3, axis: 1),
      mlpSize: try size("Transformer/encoderblock_0/MlpBlock_3/Dense_0/kernel", rank: 2, axis: 1),
      stemChannels: stem, blockChannels: wide, outputCount: 1, multiscale: multiscale)
    if shapes["head/kernel"] != nil {
      configuration.outputCount = try size("head/kernel", rank: 2, axis: 1)
    }
    if stem % configuration.groupCount != 0 || wide % configuration.groupCount != 0 {
      undetermined.append(
        ("model.groupCount", "\(stem) and \(wide) channels do not divide into 32 groups"))
    }
  }

  private static func squareRoot(_ n: Int) -> Int { Int(Double(n).squareRoot()) }

  public static func == (a: Self, b: Self) -> Bool {
    a.configuration == b.configuration && a.undetermined.map(\.key) == b.undetermined.map(\.key)
  }
}
