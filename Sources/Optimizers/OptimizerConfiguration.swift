// The section `optimizer` of a run's configuration. The defaults are the published pretraining
// recipe.

import Configuration
import Tensors

/// The update rule and its constants.
public struct OptimizerConfiguration: ConfigurationSection {
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

  public static let keys: [ConfigurationKey<Self>] = [
    .choice(
      "kind", \.kind,
      "update rule: `adamw`, Adam with decoupled weight decay; `sgd`, with momentum"),
    .number(
      "learningRate", \.learningRate, .positive(upTo: 1_000_000),
      "peak, after warm-up; never scaled by the batch size"),
    .number("beta1", \.beta1, .fraction, "decay of the first moment of AdamW"),
    .number("beta2", \.beta2, .fraction, "decay of the second moment of AdamW"),
    // Its Float must not be zero: it keeps the quotient of a zero gradient finite.
    .number(
      "epsilon", \.epsilon, .from(1e-30, to: 1), "added to the root of the second moment of AdamW"),
    .number(
      "weightDecay", \.weightDecay, .from(0, to: 1000), "decoupled, per unit of learning rate"),
    .flag(
      "decayOnlyKernels", \.decayOnlyKernels,
      "whether biases, scales and embeddings are spared from decay"),
    .number(
      "momentum", \.momentum, .fraction, "share of the last update that is kept, of SGD"),
    .number(
      "clipNorm", \.clipNorm, .from(0, to: 1e9), "largest norm of the global gradient; 0: any"),
  ]

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
}
