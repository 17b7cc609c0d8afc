// One image to its row: open, decode, cut into tokens, run the model. Each image runs alone, so its
// score depends on nothing but the file and the model.

import Autodiff
import DataParallel
import Foundation
import ImageCodecs
import Kernels
import MUSIQ
import Multiscale

/// What all workers of a rank share.
final class ImagePredictor: @unchecked Sendable {
  private let model: MUSIQModel
  private let parameters: StepParameters
  private let tokenizer: Tokenizer
  private let options: DecodeOptions
  private let score: ScoreConfiguration
  private let gate: MemoryGate
  /// Refuse images that need more memory than this; nil: such images run alone.
  private let hardLimit: Int?
  private let tooLargeAdvice: String

  /// Memory for images in work when no limit is given: two photographs of 12 megapixels do not run at
  /// the same time then, two of 5 do.
  static let defaultMemory = 1 << 30

  init(_ stored: StoredModel, _ request: PredictionOptions) {
    model = stored.model
    parameters = StepParameters(
      stored.parameters, model: stored.model, precision: request.precision)
    parameters.prepare()
    tokenizer = Tokenizer(configuration: stored.configuration.model.multiscale)
    options = DecodeOptions(
      cosineTransform: stored.configuration.data.dct, salvages: request.salvages,
      orientation: request.orientation,
      channels: stored.configuration.model.multiscale.channels)
    score = stored.score(head: request.head)
    gate = MemoryGate(limit: request.memoryLimit ?? Self.defaultMemory)
    hardLimit = request.memoryLimit
    tooLargeAdvice = request.tooLargeAdvice
  }

  /// Memory that a worker keeps between images.
  final class Workspace {
    fileprivate var tape: Tape?
    /// Larger images get a tape of their own, which is freed with them.
    fileprivate static let keptBytes = 192 << 20
    init() {}
  }

  func predict(_ item: PredictionInputs.Item, in workspace: Workspace) -> PredictionRow {
    let clock = Stopwatch()
    func row(_ outcome: PredictionRow.Outcome) -> PredictionRow {
      PredictionRow(path: item.path, outcome: outcome, milliseconds: clock.seconds * 1000)
    }
    if let problem = item.problem { return row(.failed(problem)) }
    do throws(ImageError) {
      let header = try ImageDecoder.header(ofFile: item.path, options: options)
      let bytes = model.configuration.inferenceBytes(
        height: header.height, width: header.width)
      if let hardLimit, bytes > hardLimit {
        return row(
          .failed(
            "\(header.width) × \(header.height) pixels need about \(bytes >> 20) MiB, more than "
              + "the memory limit\(tooLargeAdvice)"))
      }
      gate.enter(bytes)
      defer { gate.leave(bytes) }
      let tokens = try self.tokens(of: item.path)
      let logits = self.logits(tokens.batch, bytes: bytes, in: workspace)
      guard logits.allSatisfy({ $0.isFinite }) else {
        return row(.failed(PredictionRow.notFinite))
      }
      return row(
        .scored(
          PredictionRow.Result(
            logits: logits,
            score: logits.withUnsafeBufferPointer { score.score(outputs: $0) },
            height: tokens.height, width: tokens.width, tokens: tokens.batch.validRowCount,
            damage: tokens.damage)))
    } catch {
      return row(.failed(error.reason.description))
    }
  }

  /// The pixels are gone when this returns: 36 MB of a photograph.
  private func tokens(
    of path: String
  ) throws(ImageError) -> (batch: TokenBatch, height: Int, width: Int, damage: String?) {
    let image = try ImageDecoder.decode(file: path, options: options)
    let batch = tokenizer.tokens(
      height: image.height, width: image.width, pixels: image.pixels,
      padded: model.configuration.attention == .padded)
    return (batch, image.height, image.width, image.damage)
  }

  private func logits(_ batch: TokenBatch, bytes: Int, in workspace: Workspace) -> [Float] {
    let isLarge = bytes > Workspace.keptBytes
    // One block for everything: several would leave gaps. Pages that are not used cost nothing.
    let tape =
      isLarge
      ? parameters.tape(recording: false, arena: Arena(minimumBlock: bytes / 4))
      : workspace.tape ?? parameters.tape(recording: false)
    if !isLarge { workspace.tape = tape }
    defer { if !isLarge { tape.reset() } }
    return Array(model(batch, on: tape).elements)
  }
}

extension MUSIQConfiguration {
  /// About what an image takes while it is in work: its tokens with the activations of one encoder
  /// block, or its pixels and tokens while it is decoded.
  public func inferenceBytes(height: Int, width: Int) -> Int {
    let geometry = TokenGeometry(height: height, width: width, configuration: multiscale)
    let rows = attention == .padded ? geometry.paddedTokens : geometry.validTokens
    let activations = 10 * hiddenSize + 2 * mlpSize + 2 * 64
    return max(
      rows * (multiscale.patchValues + activations) * MemoryLayout<Float>.stride,
      rows * multiscale.patchValues * MemoryLayout<Float>.stride + height * width * 4)
  }
}
