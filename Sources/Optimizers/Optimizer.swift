// From a summed gradient to new parameters, on one segment of the flat store.

import Kernels
import Tensors

/// What happens to each run of the flat store when the optimizer passes over it.
///
/// Consecutive parameters of the same treatment form one run, so the update of a segment is a few
/// long passes. Runs depend on the layout only, never on who owns which segment.
public struct UpdatePlan: Sendable {
  struct Run: Sendable {
    var range: Range<Int>
    var decays: Bool
  }

  let runs: [Run]

  /// - Parameter decayOnlyKernels: leave biases, norms, tokens and embeddings out of weight decay
  ///   (sibling trainers do); the default of the published recipe decays every tensor.
  public init(layout: ParameterLayout, decayOnlyKernels: Bool) {
    var runs: [Run] = []
    for (index, entry) in layout.entries.enumerated() where entry.specification.isTrained {
      let decays = !decayOnlyKernels || entry.name.hasSuffix("kernel")
      // Padding behind a parameter is zero in every buffer and stays so under every update.
      let end =
        index + 1 < layout.entries.count
        ? layout.entries[index + 1].range.lowerBound : layout.storageCount
      if let last = runs.last, last.decays == decays,
        last.range.upperBound == entry.range.lowerBound
      {
        runs[runs.count - 1].range = last.range.lowerBound..<end
      } else {
        runs.append(Run(range: entry.range.lowerBound..<end, decays: decays))
      }
    }
    self.runs = runs
  }

  /// The runs that overlap `segment`, cut to it.
  func runs(in segment: Range<Int>) -> [Run] {
    runs.compactMap { run in
      let range = run.range.clamped(to: segment)
      return range.isEmpty ? nil : Run(range: range, decays: run.decays)
    }
  }
}

/// The owner's part of one update.
public struct UpdateSegment {
  /// Whole flat parameter store; only `segment` is read and written.
  public let parameters: UnsafeMutablePointer<Float>
  /// Sum of gradients, moments: `[segment.count]`, beginning at the segment.
  public let gradient: UnsafePointer<Float>
  public let moments: [UnsafeMutablePointer<Float>]
  public let segment: Range<Int>

  public init(
    parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
    moments: [UnsafeMutablePointer<Float>], segment: Range<Int>
  ) {
    (self.parameters, self.gradient) = (parameters, gradient)
    (self.moments, self.segment) = (moments, segment)
  }
}

extension UpdateSegment {
  /// What an update rule sees of one run: memory from its first element on.
  struct Part {
    let parameters: UnsafeMutablePointer<Float>
    let gradient: UnsafePointer<Float>
    let moments: [UnsafeMutablePointer<Float>]
    let count: Int
    let decays: Bool
  }

  /// The runs of `plan` in this segment.
  func parts(_ plan: UpdatePlan) -> [Part] {
    plan.runs(in: segment).map { run in
      let offset = run.range.lowerBound - segment.lowerBound
      return Part(
        parameters: parameters + run.range.lowerBound, gradient: gradient + offset,
        moments: moments.map { $0 + offset }, count: run.range.count, decays: run.decays)
    }
  }
}

/// An update rule. Elementwise, so that any split into segments gives the same bits.
public protocol Optimizer: Sendable {
  /// Names of the moment buffers, as in checkpoints.
  var momentNames: [String] { get }
  /// Applies update number `step` (1, 2, …) to `target`.
  /// - Parameter gradientScale: factor from the gradient sum to the clipped mean gradient.
  func update(_ target: UpdateSegment, step: Int, learningRate: Float, gradientScale: Float)
}

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019), ε and bias correction as in
/// flax 0.3.3:  p −= lr (m̂ / (√v̂ + ε) + decay · p).
public struct AdamW: Optimizer {
  public var beta1: Float
  public var beta2: Float
  public var epsilon: Float
  public var weightDecay: Float
  let plan: UpdatePlan

  public init(beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float, plan: UpdatePlan) {
    (self.beta1, self.beta2) = (beta1, beta2)
    (self.epsilon, self.weightDecay, self.plan) = (epsilon, weightDecay, plan)
  }

  public var momentNames: [String] { ["firstMoment", "secondMoment"] }

  public func update(
    _ target: UpdateSegment, step: Int, learningRate: Float, gradientScale: Float
  ) {
    for part in target.parts(plan) {
      adamWUpdate(
        parameters: part.parameters, firstMoment: part.moments[0], secondMoment: part.moments[1],
        gradient: part.gradient, count: part.count,
        step: AdamWStep(
          learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
          weightDecay: part.decays ? weightDecay : 0,
          firstCorrection: correction(beta1, step), secondCorrection: correction(beta2, step),
          gradientScale: gradientScale))
    }
  }

  /// 1 / (1 − βᵗ), in Double because 1 − β₂ is small.
  private func correction(_ beta: Float, _ step: Int) -> Float {
    var power = 1.0
    for _ in 0..<min(step, 100_000) { power *= Double(beta) }
    return Float(1 / (1 - power))
  }
}

/// Stochastic gradient descent with momentum, the rule of the published fine-tuning:
/// m = μm + g; p −= lr · m (no Nesterov).
public struct MomentumSGD: Optimizer {
  public var momentum: Float
  public var weightDecay: Float
  let plan: UpdatePlan

  public init(momentum: Float, weightDecay: Float, plan: UpdatePlan) {
    (self.momentum, self.weightDecay, self.plan) = (momentum, weightDecay, plan)
  }

  public var momentNames: [String] { ["momentum"] }

  public func update(
    _ target: UpdateSegment, step: Int, learningRate: Float, gradientScale: Float
  ) {
    for part in target.parts(plan) {
      momentumUpdate(
        parameters: part.parameters, momentum: part.moments[0], gradient: part.gradient,
        count: part.count,
        step: MomentumStep(
          learningRate: learningRate, factor: momentum,
          weightDecay: part.decays ? weightDecay : 0, gradientScale: gradientScale))
    }
  }
}
