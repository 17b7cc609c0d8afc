// From the head's outputs to one number.

import Kernels

/// The quality score of an image: the output itself for one output, otherwise the mean rating
/// Σ k · softmax(logits)ₖ with k = 1 … N (official `musiq/run_predict_image.py`).
public func meanOpinionScore(logits: UnsafeBufferPointer<Float>) -> Float {
  guard logits.count > 1, let base = logits.baseAddress else { return logits.first ?? .nan }
  return withUnsafeTemporaryAllocation(of: Float.self, capacity: logits.count) { probabilities in
    softmax(base, into: probabilities.baseAddress!, classes: logits.count)
    var score = 0.0
    for k in 0..<logits.count { score += Double(k + 1) * Double(probabilities[k]) }
    return Float(score)
  }
}
