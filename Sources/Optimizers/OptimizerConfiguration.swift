// The section `optimizer` of a run's configuration. The defaults are the published pretraining recipe.

import Tensors

/// The update rule and its constants.
public struct OptimizerConfiguration: Codable, Equatable, Sendable {
  /// The update rules.
  public enum Kind: String, Codable, CaseIterable, Sendable {
    /// Adam with decoupled weight decay.
    case adamw
    /// Stochastic gradient descent with momentum.
    case sgd
  }

  /// The update rule.
  public var kind = Kind.adamw
  /// Peak learning rate, after warm-up; positive.
  public var learningRate = 0.001
  /// Decay of the first moment (adamw), in [0, 1).
  public var beta1 = 0.9
  /// Decay of the second moment (adamw), in [0, 1).
  public var beta2 = 0.999
  /// Added to the root of the second moment (adamw); positive.
  public var epsilon = 1e-8
  /// Decay per unit of learning rate, at least 0.
  public var weightDecay = 0.1
  /// Whether only matrices and convolution kernels decay, not biases, scales and embeddings.
  public var decayOnlyKernels = false
  /// Share of the last update that is kept (sgd), in [0, 1).
  public var momentum = 0.9
  /// Largest norm of the gradient of the global batch; 0 for no clipping.
  public var clipNorm = 1.0

  /// The built-in defaults.
  public init() {}

  /// The update rule for parameters of this layout.
  public func optimizer(layout: ParameterLayout) -> any Optimizer {
    let plan = UpdatePlan(layout: layout, decayOnlyKernels: decayOnlyKernels)
    return switch kind {
    case .adamw:
      AdamW(
        beta1: Float(beta1), beta2: Float(beta2), epsilon: Float(epsilon),
        weightDecay: Float(weightDecay), plan: plan)
    case .sgd:
      MomentumSGD(momentum: Float(momentum), weightDecay: Float(weightDecay), plan: plan)
    }
  }

  /// Values out of range, by key.
  public func problems() -> [(key: String, message: String)] {
    var found: [(key: String, message: String)] = []
    if !(learningRate > 0) {
      found.append(("learningRate", "expected a positive number, found \(learningRate)"))
    }
    for (key, value) in [("beta1", beta1), ("beta2", beta2), ("momentum", momentum)]
    where !(value >= 0 && value < 1) {
      found.append((key, "expected at least 0 and less than 1, found \(value)"))
    }
    if !(epsilon > 0) { found.append(("epsilon", "expected a positive number, found \(epsilon)")) }
    for (key, value) in [("weightDecay", weightDecay), ("clipNorm", clipNorm)] where !(value >= 0) {
      found.append((key, "expected at least 0, found \(value)"))
    }
    return found
  }
}
