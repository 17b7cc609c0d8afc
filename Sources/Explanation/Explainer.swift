// One image through the model, observed: its score, where the class token looks, and what each scale is
// worth.

import Autodiff
import Foundation
import ImageCodecs
import Inference
import MUSIQ
import Multiscale
import RunConfig
import Tensors

/// What the model makes of one image.
public struct Explanation: Sendable {
  public let height: Int
  public let width: Int
  public let logits: [Float]
  /// What the outputs say, as one number.
  public let verdict: Verdict
  /// Ascending, native last. Masses and `classShare` sum to 1.
  public let maps: [AttentionMap]
  /// The class token's attention to itself.
  public let classShare: Double
  /// The verdict without each scale, in the order of `maps`; nil for scales without tokens, for models of one
  /// scale, and if it was not asked for.
  public let ablation: [Float?]

  /// Tokens of all scales; the class token is not among them.
  public var tokens: Int { maps.reduce(0) { $0 + $1.scale.tokens } }
}

/// A model that is asked about images, one at a time on each thread that asks: its parameters are prepared
/// once and then only read.
public struct Explainer: @unchecked Sendable {
  let stored: StoredModel
  let reading: AttentionReading
  let parameters: StepParameters
  private let tokenizer: Tokenizer
  private let options: DecodeOptions

  /// Loads a model. Attention is computed packed: the same outputs, and no padding that could get any.
  /// - Parameters:
  ///   - overrides: as for `StoredModel`.
  ///   - salvages: explain what is left of a damaged image; see `PixelImage.damage`.
  /// - Throws: `CheckpointError`, `ConfigurationError`; `ExplanationError` when the model has no such layer or head.
  public init(
    checkpoint: String, overrides: [String] = [], reading: AttentionReading = AttentionReading(),
    salvages: Bool = false
  ) throws {
    let stored = try StoredModel(checkpoint, overrides: overrides + ["model.attention=packed"])
    try reading.check(stored.configuration.model)
    self.stored = stored
    self.reading = reading
    parameters = StepParameters(stored.parameters, model: stored.model)
    parameters.prepare()
    tokenizer = Tokenizer(configuration: stored.configuration.model.multiscale)
    options = DecodeOptions(cosineTransform: stored.configuration.data.dct, salvages: salvages)
  }

  /// Whether a class can only be told by its number.
  public var hasUnnamedClasses: Bool {
    let model = stored.configuration.model
    return model.score.kind(outputs: model.outputCount) == .classes && model.score.names.isEmpty
  }

  /// Reads an image.
  /// - Throws: `ExplanationError` that names the file.
  public func image(_ path: String) throws(ExplanationError) -> PixelImage {
    do throws(ImageError) { return try ImageDecoder.decode(file: path, options: options) } catch {
      throw .unreadable(path: path, reason: "\(error.reason)")
    }
  }

  /// About what an image takes while it is explained, from its header.
  /// - Throws: `ExplanationError` that names the file.
  func bytesInWork(_ path: String) throws(ExplanationError) -> Int {
    let header: ImageHeader
    do throws(ImageError) {
      header = try ImageDecoder.header(ofFile: path, options: options)
    } catch { throw .unreadable(path: path, reason: "\(error.reason)") }
    let model = stored.configuration.model
    let tokens = TokenGeometry.validTokens(
      height: header.height, width: header.width, configuration: model.multiscale)
    let recorded =
      tokens * model.hiddenSize * (reading.layer == .rollout ? 2 * model.layerCount : 1)
    return model.inferenceBytes(height: header.height, width: header.width)
      + recorded * MemoryLayout<Float>.stride + 6 * header.height * header.width
  }

  /// Explains an image.
  /// - Parameter ablates: also run the model once without each scale.
  /// - Throws: `ExplanationError` when the outputs are not finite.
  /// - Cost: one forward pass, half of its attention again, and a pass per scale.
  public func explain(_ image: PixelImage, ablates: Bool = true) throws -> Explanation {
    let configuration = stored.configuration.model
    let batch = tokens(of: image)
    let recorder = AttentionRecorder(reading.layer, of: configuration)
    let logits = try outputs(batch, observer: recorder.observe)
    let row = reading.classRow(of: recorder, configuration)
    let verdict = verdict(of: logits, as: nil)
    return Explanation(
      height: image.height, width: image.width, logits: logits, verdict: verdict,
      maps: AttentionMap.maps(
        of: row,
        geometry: TokenGeometry(
          height: image.height, width: image.width, configuration: configuration.multiscale),
        configuration: configuration.multiscale),
      classShare: row[0],
      ablation: try (0..<configuration.multiscale.scaleCount).map { scale in
        guard ablates, let rest = batch.without(scale: scale) else { return nil }
        return self.verdict(of: try outputs(rest), as: verdict).value
      })
  }

  /// The verdict on an image, nothing else.
  /// - Parameter other: a verdict whose class is to be judged again.
  func verdict(on image: PixelImage, as other: Verdict? = nil) throws -> Verdict {
    verdict(of: try outputs(tokens(of: image)), as: other)
  }

  private func tokens(of image: PixelImage) -> TokenBatch {
    tokenizer.tokens(
      height: image.height, width: image.width,
      pixels: image.converted(to: tokenizer.configuration.channels).pixels, padded: false)
  }

  private func outputs(_ batch: TokenBatch, observer: ModelObserver? = nil) throws -> [Float] {
    let tape = parameters.tape(recording: false)
    let logits = Array(stored.model(batch, on: tape, observer: observer).elements)
    guard logits.allSatisfy({ $0.isFinite }) else {
      throw ExplanationError.notFinite(path: stored.path)
    }
    return logits
  }

  private func verdict(of logits: [Float], as other: Verdict?) -> Verdict {
    let meaning = stored.configuration.model.score
    guard meaning.kind(outputs: logits.count) == .classes else {
      return .score(logits.withUnsafeBufferPointer { meaning.score(outputs: $0) })
    }
    let best = logits.indices.max { logits[$0] < logits[$1] } ?? 0
    let chosen = if case .probability(_, let other, _)? = other { other } else { best }
    let total = logits.reduce(0.0) { $0 + exp(Double($1 - logits[best])) }
    return .probability(
      Float(exp(Double(logits[chosen] - logits[best])) / total), of: chosen,
      named: meaning.name(ofOutput: chosen))
  }
}

extension TokenBatch {
  /// The batch without the tokens of one scale; nil if it has none, or no others.
  fileprivate func without(scale: Int) -> TokenBatch? {
    let mask = scaleIndices.map { $0 == Int32(scale) ? Float(0) : 1 }
    guard mask.contains(0), mask.contains(1) else { return nil }
    return TokenBatch(
      offsets: offsets, patches: patches, spatialIndices: spatialIndices,
      scaleIndices: scaleIndices, mask: mask, patchValues: patchValues, isPadded: true
    ).packed()
  }
}
