// One pass over a run of parameters per update; the rules are in Optimizers.

/// The constants of one AdamW step.
public struct AdamWStep: Sendable {
  public var learningRate: Float
  public var beta1: Float
  public var beta2: Float
  public var epsilon: Float
  public var weightDecay: Float
  /// 1 / (1 − β₁ᵗ) and 1 / (1 − β₂ᵗ).
  public var firstCorrection: Float
  public var secondCorrection: Float
  /// Applied to the gradient before anything else: 1 / weight of the batch, times the clip factor.
  public var gradientScale: Float

  public init(
    learningRate: Float, beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float,
    firstCorrection: Float, secondCorrection: Float, gradientScale: Float
  ) {
    (self.learningRate, self.beta1, self.beta2) = (learningRate, beta1, beta2)
    (self.epsilon, self.weightDecay) = (epsilon, weightDecay)
    (self.firstCorrection, self.secondCorrection) = (firstCorrection, secondCorrection)
    self.gradientScale = gradientScale
  }
}

/// m = β₁m + (1−β₁)g; v = β₂v + (1−β₂)g²; p −= lr (m̂ / (√v̂ + ε) + decay · p)
/// (Loshchilov and Hutter 2019 with flax 0.3.3's placement of ε). Cost: 28 bytes per element.
public func adamWUpdate(
  parameters: MutableValues, firstMoment: MutableValues, secondMoment: MutableValues,
  gradient: Values, count: Int, step s: AdamWStep
) {
  @inline(__always) func update(_ i: Int, _ lanes: Int) {
    let g = load(gradient + i, lanes) * s.gradientScale
    let m = (load(firstMoment + i, lanes) * s.beta1).addingProduct(
      g, Vector(repeating: 1 - s.beta1))
    let v = (load(secondMoment + i, lanes) * s.beta2).addingProduct(
      g * g, Vector(repeating: 1 - s.beta2))
    let p = load(parameters + i, lanes)
    let root = squareRoot(v * s.secondCorrection) + s.epsilon
    let direction = (m * s.firstCorrection / root).addingProduct(
      p, Vector(repeating: s.weightDecay))
    store(m, to: firstMoment + i, lanes)
    store(v, to: secondMoment + i, lanes)
    store(p - direction * s.learningRate, to: parameters + i, lanes)
  }
  // Not `sweep`: the compiler would call so large a body instead of inlining it, at half the speed.
  let whole = count & ~(vectorWidth - 1)
  for i in stride(from: 0, to: whole, by: vectorWidth) { update(i, vectorWidth) }
  if whole < count { update(whole, count - whole) }
}

/// The constants of one step of gradient descent with momentum.
public struct MomentumStep: Sendable {
  public var learningRate: Float
  /// μ.
  public var factor: Float
  public var weightDecay: Float
  /// See `AdamWStep`.
  public var gradientScale: Float

  public init(learningRate: Float, factor: Float, weightDecay: Float, gradientScale: Float) {
    (self.learningRate, self.factor) = (learningRate, factor)
    (self.weightDecay, self.gradientScale) = (weightDecay, gradientScale)
  }
}

/// m = μm + g + decay · p; p −= lr · m (no Nesterov, no dampening). Cost: 20 bytes per element.
public func momentumUpdate(
  parameters: MutableValues, momentum: MutableValues, gradient: Values, count: Int,
  step s: MomentumStep
) {
  sweep(count) { i, lanes in
    let p = load(parameters + i, lanes)
    let g = (load(gradient + i, lanes) * s.gradientScale).addingProduct(
      p, Vector(repeating: s.weightDecay))
    let m = g.addingProduct(load(momentum + i, lanes), Vector(repeating: s.factor))
    store(m, to: momentum + i, lanes)
    store(p - m * s.learningRate, to: parameters + i, lanes)
  }
}
