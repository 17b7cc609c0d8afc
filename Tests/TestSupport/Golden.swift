// Reference numbers of the official MUSIQ semantics, read from Tests/Fixtures/golden/golden.json. Its
// README there says how they were made and which tolerances a Float implementation meets.

import Foundation

/// The decoded `golden.json`.
public struct Golden: Decodable, Sendable {
  public let preprocessing: [GoldenPreprocessing]
  public let model: [GoldenModel]
  public let training: [GoldenTraining]

  /// The fixtures folder of the repository.
  public static let fixtures = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures")

  /// Reads and decodes the file (about 110 KB, a few milliseconds).
  public static func load() throws -> Golden {
    let file = fixtures.appendingPathComponent("golden/golden.json")
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
  }
}

/// A tensor given by its sum, its L2 norm and some entries at flat row-major indices.
public struct GoldenSamples: Decodable, Sendable {
  public let count: Int
  public let sum: Double
  public let l2: Double
  public let index: [Int]
  public let value: [Double]

  /// How far `values` are from the reference.
  /// - Precondition: `values` has `count` elements.
  public func deviation(of values: UnsafeBufferPointer<Float>) -> GoldenDeviation {
    precondition(values.count == count, "expected \(count) values, got \(values.count)")
    let largest = zip(index, value).map { abs(Double(values[$0]) - $1) }.max() ?? 0
    var total = 0.0
    var squares = 0.0
    for element in values {
      total += Double(element)
      squares += Double(element) * Double(element)
    }
    return GoldenDeviation(
      sampled: largest, sampledRelative: largest / max(l2, .leastNormalMagnitude),
      sum: abs(total - sum),
      normRelative: abs(squares.squareRoot() - l2) / max(l2, .leastNormalMagnitude))
  }
}

/// Differences between a tensor and its `GoldenSamples`.
public struct GoldenDeviation: Sendable {
  /// Largest absolute difference over the sampled entries.
  public let sampled: Double
  /// `sampled` divided by the reference L2 norm of the whole tensor.
  public let sampledRelative: Double
  /// Absolute difference of the sums.
  public let sum: Double
  /// Relative difference of the L2 norms.
  public let normRelative: Double
}

/// An image of the closed formula, see `goldenImage(height:width:seed:)`.
public struct GoldenImage: Decodable, Sendable, Equatable {
  public let height: Int
  public let width: Int
  public let seed: Int

  public init(height: Int, width: Int, seed: Int) {
    (self.height, self.width, self.seed) = (height, width, seed)
  }

  /// RGB bytes, row-major (y, x, c).
  public var pixels: [UInt8] { goldenImage(height: height, width: width, seed: seed) }

  /// The same with other channels: red alone, or a fourth one of the same kind.
  public func pixels(channels: Int) -> [UInt8] {
    let (rgb, alpha) = (pixels, goldenImage(height: height, width: width, seed: seed + 100))
    var result: [UInt8] = []
    for pixel in 0..<height * width {
      for channel in 0..<channels {
        result.append(channel < 3 ? rgb[pixel * 3 + channel] : alpha[pixel * 3])
      }
    }
    return result
  }
}

/// The token matrix of one image.
public struct GoldenPreprocessing: Decodable, Sendable {
  public let height: Int
  public let width: Int
  public let seed: Int
  /// -1 keeps every native token; otherwise exactly this many slots.
  public let nativePatchCap: Int
  public let rows: Int
  public let valid: Int
  /// `[rows, 3072]`.
  public let pixels: GoldenSamples
  public let spatialIndex: [Int32]
  public let scaleIndex: [Int32]
  public let mask: [Float]

  public var image: GoldenImage { GoldenImage(height: height, width: width, seed: seed) }
}

/// What the model is trained towards; the kind follows from `GoldenLoss`.
public enum GoldenTarget: Sendable, Equatable {
  /// Mean opinion scores (`l1`).
  case scores([Float])
  /// Normalized rating histograms, `[B][classes]` (`emd`).
  case distributions([[Float]])
  /// Class indices (`ce`).
  case classes([Int])
}

public enum GoldenLoss: String, Decodable, Sendable {
  case l1, emd, ce
}

/// Forward and backward pass of one batch.
public struct GoldenModel: Decodable, Sendable {
  public let name: String
  public let images: [GoldenImage]
  public let nativePatchCap: Int
  public let classes: Int
  public let layers: Int
  public let loss: GoldenLoss
  public let target: GoldenTarget
  /// The first 12 at most, per image.
  public let logits: [[Double]]
  public let lossValue: Double
  /// `root_relu`, `pool`, `block1`, `embedding`, `block0`, …, `encoder_norm`.
  public let intermediates: [String: GoldenSamples]
  /// By official parameter name; key biases are left out.
  public let gradients: [String: GoldenSamples]
}

/// Losses of full-batch training without augmentation.
public struct GoldenTraining: Decodable, Sendable {
  public let name: String
  public let images: [GoldenImage]
  public let nativePatchCap: Int
  public let classes: Int
  public let layers: Int
  public let loss: GoldenLoss
  public let target: GoldenTarget
  /// `adamw` or `sgd`.
  public let optimizer: String
  public let learningRate: Double
  public let weightDecay: Double
  /// Before each step.
  public let losses: [Double]
  /// Global gradient norm before each step.
  public let gradientNorms: [Double]
}

extension GoldenTarget {
  /// Reads the target beside an already decoded loss: the numbers alone are ambiguous.
  init<Key: CodingKey>(
    from container: KeyedDecodingContainer<Key>, forKey key: Key, loss: GoldenLoss
  ) throws {
    switch loss {
    case .l1: self = .scores(try container.decode([Float].self, forKey: key))
    case .emd: self = .distributions(try container.decode([[Float]].self, forKey: key))
    case .ce: self = .classes(try container.decode([Int].self, forKey: key))
    }
  }
}

extension GoldenModel {
  private enum Keys: String, CodingKey {
    case name, images, nativePatchCap, classes, layers, loss, target, logits, lossValue
    case intermediates, gradients
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    name = try values.decode(String.self, forKey: .name)
    images = try values.decode([GoldenImage].self, forKey: .images)
    nativePatchCap = try values.decode(Int.self, forKey: .nativePatchCap)
    classes = try values.decode(Int.self, forKey: .classes)
    layers = try values.decode(Int.self, forKey: .layers)
    loss = try values.decode(GoldenLoss.self, forKey: .loss)
    target = try GoldenTarget(from: values, forKey: .target, loss: loss)
    logits = try values.decode([[Double]].self, forKey: .logits)
    lossValue = try values.decode(Double.self, forKey: .lossValue)
    intermediates = try values.decode([String: GoldenSamples].self, forKey: .intermediates)
    gradients = try values.decode([String: GoldenSamples].self, forKey: .gradients)
  }
}

extension GoldenTraining {
  private enum Keys: String, CodingKey {
    case name, images, nativePatchCap, classes, layers, loss, target, optimizer, learningRate
    case weightDecay, losses, gradientNorms
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    name = try values.decode(String.self, forKey: .name)
    images = try values.decode([GoldenImage].self, forKey: .images)
    nativePatchCap = try values.decode(Int.self, forKey: .nativePatchCap)
    classes = try values.decode(Int.self, forKey: .classes)
    layers = try values.decode(Int.self, forKey: .layers)
    loss = try values.decode(GoldenLoss.self, forKey: .loss)
    target = try GoldenTarget(from: values, forKey: .target, loss: loss)
    optimizer = try values.decode(String.self, forKey: .optimizer)
    learningRate = try values.decode(Double.self, forKey: .learningRate)
    weightDecay = try values.decode(Double.self, forKey: .weightDecay)
    losses = try values.decode([Double].self, forKey: .losses)
    gradientNorms = try values.decode([Double].self, forKey: .gradientNorms)
  }
}
