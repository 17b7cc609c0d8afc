// Twins of the losses and of the optimizer updates.

#if canImport(Glibc)
  import Glibc
#endif

extension Naive {
  /// −Σ target · log softmax(logits).
  public static func crossEntropy(_ logits: [Double], _ target: [Double]) -> Double {
    zip(softmax(logits), target).reduce(0) { $1.1 == 0 ? $0 : $0 - $1.1 * log($1.0) }
  }

  /// (1/N Σ |CDF_p − CDF_q|^r)^(1/r) with p = softmax(logits).
  public static func earthMoversDistance(
    _ logits: [Double], _ target: [Double], exponent r: Double
  ) -> Double {
    let p = softmax(logits)
    var total = 0.0
    for m in p.indices {
      let difference = p[0...m].reduce(0, +) - target[0...m].reduce(0, +)
      total += pow(abs(difference), r)
    }
    return pow(total / Double(p.count), 1 / r)
  }

  /// Constants of AdamW.
  public struct AdamW {
    public var learningRate, beta1, beta2, epsilon, weightDecay: Double
    public init(
      learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double
    ) {
      (self.learningRate, self.beta1, self.beta2) = (learningRate, beta1, beta2)
      (self.epsilon, self.weightDecay) = (epsilon, weightDecay)
    }
  }

  /// Update number `step` (1, 2, …) of one parameter with gradient g.
  public static func adamW(
    _ p: inout Double, _ m: inout Double, _ v: inout Double, gradient g: Double, step: Int,
    _ c: AdamW
  ) {
    m = c.beta1 * m + (1 - c.beta1) * g
    v = c.beta2 * v + (1 - c.beta2) * g * g
    let corrected = m / (1 - pow(c.beta1, Double(step)))
    let scale = (v / (1 - pow(c.beta2, Double(step)))).squareRoot()
    p -= c.learningRate * (corrected / (scale + c.epsilon) + c.weightDecay * p)
  }

  /// m = μm + g + decay · p; p −= lr · m.
  public static func momentum(
    _ p: inout Double, _ m: inout Double, gradient g: Double, learningRate: Double,
    momentum: Double, weightDecay: Double
  ) {
    m = momentum * m + g + weightDecay * p
    p -= learningRate * m
  }
}
