// From the head's outputs to one number.

import Kernels
import Labels

/// The mean rating Σ k · softmax(logits)ₖ with k = 1 … N for several outputs, the output itself for
/// one (official `musiq/run_predict_image.py`).
public func meanOpinionScore(logits: UnsafeBufferPointer<Float>) -> Float {
  guard logits.count > 1, let base = logits.baseAddress else { return logits.first ?? .nan }
  return withUnsafeTemporaryAllocation(of: Float.self, capacity: logits.count) { probabilities in
    softmax(base, into: probabilities.baseAddress!, classes: logits.count)
    var score = 0.0
    for k in 0..<logits.count { score += Double(k + 1) * Double(probabilities[k]) }
    return Float(score)
  }
}

extension ScoreConfiguration {
  /// The score of an image in the units of the data set: `offset + scale · output` of the first
  /// output for scores and attributes, the mean rating for logits.
  public func score(outputs: UnsafeBufferPointer<Float>) -> Float {
    switch kind(outputs: outputs.count) {
    case .score, .attributes: outputs.first.map(inUnits) ?? .nan
    case .ratings, .classes: meanOpinionScore(logits: outputs)
    }
  }

  /// An output in the units of the data set. The same bits as the output when nothing is scaled.
  public func inUnits(_ output: Float) -> Float {
    offset == 0 && scale == 1 ? output : Float(offset + scale * Double(output))
  }

  /// A score of the data set in the units of an output: (score − offset) / scale. The same bits
  /// when nothing is scaled.
  public func inOutputs(_ score: Float) -> Float {
    offset == 0 && scale == 1 ? score : Float((Double(score) - offset) / scale)
  }

  /// The label of an image as outputs should say it: scores in the units of the outputs.
  public func inOutputs(_ label: Label) -> Label {
    switch label {
    case .classIndex, .ratings: label
    case .score(let score): .score(inOutputs(score))
    case .attributes(let scores): .attributes(scores.map(inOutputs))
    }
  }
}
