// What training minimises, per image. The sum over the global batch is divided once by its weight.

import Kernels
import Labels

/// The loss of one image.
public enum Objective: Sendable, Equatable {
  /// −log softmax(logits)[label], or the soft form for a distribution.
  case crossEntropy
  /// |output − score|, the mean over the outputs if there are several.
  case absoluteError
  /// Earth mover's distance of order r between softmax(logits) and the distribution (patent eq. 3).
  case earthMoversDistance(exponent: Double)

  /// The loss of one image, its gradient with respect to the outputs written to `gradient`.
  /// - Parameters: logits, gradient `[outputs]`.
  /// - Precondition: the target is of the kind that the objective compares with.
  public func callAsFunction(
    logits: UnsafePointer<Float>, outputs: Int, target: Label,
    gradient: UnsafeMutablePointer<Float>
  ) -> Double {
    switch (self, target) {
    case (.crossEntropy, .classIndex(let label)):
      let label = Int(label)
      precondition(0..<outputs ~= label, "label \(label) outside of 0 ..< \(outputs)")
      return Kernels.crossEntropy(
        logits: logits, target: { $0 == label ? 1 : 0 }, gradient: gradient, classes: outputs)
    case (.crossEntropy, .ratings(let shares)):
      return Kernels.crossEntropy(
        logits: logits, target: { shares[$0] }, gradient: gradient, classes: outputs)
    case (.absoluteError, .score(let score)):
      precondition(outputs == 1, "expected one output, got \(outputs)")
      return Kernels.absoluteError(output: logits[0], target: score, gradient: &gradient[0])
    case (.absoluteError, .attributes(let scores)):
      precondition(outputs == scores.count, "expected \(scores.count) outputs, got \(outputs)")
      let share = 1 / Float(outputs)
      var total = 0.0
      for k in 0..<outputs {
        total += Kernels.absoluteError(
          output: logits[k], target: scores[k], gradient: &gradient[k])
        gradient[k] *= share
      }
      return total / Double(outputs)
    case (.earthMoversDistance(let exponent), .ratings(let shares)):
      return Kernels.earthMoversDistance(
        logits: logits, target: { shares[$0] }, exponent: exponent, gradient: gradient,
        classes: outputs)
    default:
      preconditionFailure("objective \(self) cannot compare with target \(target)")
    }
  }
}
