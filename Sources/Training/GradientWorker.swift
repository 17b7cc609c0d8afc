// What one worker thread does with one shard: forward, loss, backward, image by image.

import Autodiff
import DataParallel
import Layers
import MUSIQ
import Multiscale

/// Sums over the images of a shard. The mean over the global batch is taken after all ranks agree.
public struct ShardStatistics: Sendable, Equatable {
  public var loss = 0.0
  /// Images that counted; a corrupt image weighs nothing.
  public var weight = 0.0
  /// Images whose largest output is the label.
  public var correct = 0.0
  public var tokens = 0.0
  public var skipped = 0.0
  /// Images that counted, of which only a part could be decoded.
  public var salvaged = 0.0

  public init() {}
}

/// A worker's tape and the order of its work. One per thread.
public final class GradientWorker {
  private let model: MUSIQModel
  private let objective: Objective
  private let tape: Tape
  private let microBatchTokens: Int

  public init(
    model: MUSIQModel, objective: Objective, parameters: StepParameters, microBatchTokens: Int
  ) {
    self.model = model
    self.objective = objective
    self.microBatchTokens = microBatchTokens
    tape = parameters.tape()
  }

  /// Adds the gradient of a shard's loss sum to `gradient`, its images in the given order.
  ///
  /// Consecutive images are joined into micro-batches of about `microBatchTokens` tokens. The grouping
  /// depends on the shard alone, so the bits do not depend on who computes it.
  /// - Parameters:
  ///   - count: images of the shard.
  ///   - gradient: told what is final during the last micro-batch.
  ///   - image: the image at a position of the shard, or nil when it could not be read.
  public func addGradient(
    count: Int, to gradient: ShardGradient, image: (Int) throws -> TrainingImage?
  ) rethrows -> ShardStatistics {
    var statistics = ShardStatistics()
    var pending: [TrainingImage] = []
    var pendingTokens = 0
    tape.parameterGradients = gradient.values
    for position in 0..<count {
      guard let next = try image(position) else {
        statistics.skipped += 1
        continue
      }
      if next.isSalvaged { statistics.salvaged += 1 }
      if !pending.isEmpty, pendingTokens + next.tokens.validRowCount > microBatchTokens {
        run(pending, onGradientsFinal: nil, &statistics)
        pending = []
        pendingTokens = 0
      }
      pending.append(next)
      pendingTokens += next.tokens.validRowCount
    }
    if !pending.isEmpty { run(pending, onGradientsFinal: gradient.onFinal, &statistics) }
    return statistics
  }

  /// Forward, loss and backward of one micro-batch.
  private func run(
    _ images: [TrainingImage], onGradientsFinal: ((Int) -> Void)?,
    _ statistics: inout ShardStatistics
  ) {
    let batch =
      images.count == 1
      ? images[0].tokens : TokenBatch(joining: images.map(\.tokens))
    tape.onGradientsFinal = onGradientsFinal
    let logits = model(batch, on: tape)
    tape.backward(from: logits) { gradient in
      for (index, image) in images.enumerated() {
        let row = index * logits.columns
        statistics.loss += objective(
          logits: logits.value + row, outputs: logits.columns, target: image.target,
          gradient: gradient + row)
        if case .classIndex(let label) = image.target {
          statistics.correct += rank(of: Int(label), in: logits, row: index) == 0 ? 1 : 0
        }
      }
    }
    statistics.weight += Double(images.count)
    statistics.tokens += Double(batch.validRowCount)
    tape.reset()
  }
}

/// How many other outputs of a row are at least as large as that of `label`: 0 is a correct top-1
/// prediction. Ties count against the label, so that a constant model is never credited.
func rank(of label: Int, in logits: Variable, row: Int) -> Int {
  let values = logits.value + row * logits.columns
  return (0..<logits.columns).count { k in k != label && values[k] >= values[label] }
}
