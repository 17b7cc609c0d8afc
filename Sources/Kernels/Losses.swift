// Objectives on one image's outputs. Each returns the loss and writes its gradient; the mean over
// the global batch is taken once, after all images of all ranks have been added.

#if canImport(Glibc)
  import Glibc
#endif

/// −Σ target · log softmax(logits), for one image; `target` sums to 1 (one-hot or mixed).
/// Gradient: softmax(logits) − target. Computed in Double: a thousand classes cost nothing here.
public func crossEntropy(
  logits: Values, target: (Int) -> Float, gradient: MutableValues, classes: Int
) -> Double {
  let logTotal = softmax(logits, into: gradient, classes: classes)
  var loss = 0.0
  for k in 0..<classes {
    let t = target(k)
    if t != 0 { loss -= Double(t) * (Double(logits[k]) - logTotal) }
    gradient[k] -= t
  }
  return loss
}

/// |y − t| of one scalar output. Gradient: the sign, 0 at equality.
public func absoluteError(output: Float, target: Float, gradient: inout Float) -> Double {
  let difference = Double(output) - Double(target)
  gradient = difference > 0 ? 1 : (difference < 0 ? -1 : 0)
  return abs(difference)
}

/// Earth mover's distance between the predicted and the true rating histogram (patent eq. 3):
/// (1/N Σ_m |CDF_p(m) − CDF_q(m)|^r)^(1/r) with p = softmax(logits). The root's derivative at 0 is
/// taken as 0. Gradient through the softmax.
public func earthMoversDistance(
  logits: Values, target: (Int) -> Float, exponent r: Double, gradient: MutableValues, classes: Int
) -> Double {
  _ = softmax(logits, into: gradient, classes: classes)
  var cumulative = 0.0
  var total = 0.0
  for m in 0..<classes {
    cumulative += Double(gradient[m]) - Double(target(m))
    total += pow(abs(cumulative), r)
  }
  let mean = total / Double(classes)
  let loss = pow(mean, 1 / r)
  // ∂loss/∂D_m = mean^(1/r − 1) / N · |D_m|^(r−1) sign(D_m); D_m depends on p_1 … p_m, so
  // ∂loss/∂p_k is the sum over m ≥ k: the total less what came before.
  let outer = mean > 0 ? pow(mean, 1 / r - 1) / Double(classes) : 0
  func slope(_ d: Double) -> Double { d == 0 ? 0 : outer * pow(abs(d), r - 1) * (d > 0 ? 1 : -1) }
  var suffix = 0.0
  var inner = 0.0
  cumulative = 0
  for m in 0..<classes {
    cumulative += Double(gradient[m]) - Double(target(m))
    suffix += slope(cumulative)
  }
  // Softmax: ∂/∂logit_k = p_k (s_k − Σ_j p_j s_j).
  cumulative = 0
  var running = suffix
  for k in 0..<classes {
    inner += Double(gradient[k]) * running
    cumulative += Double(gradient[k]) - Double(target(k))
    running -= slope(cumulative)
  }
  cumulative = 0
  running = suffix
  for k in 0..<classes {
    let p = Double(gradient[k])
    let s = running
    cumulative += p - Double(target(k))
    running -= slope(cumulative)
    gradient[k] = Float(p * (s - inner))
  }
  return loss
}

/// probabilities = softmax(logits); returns log Σ e^logit.
@discardableResult
public func softmax(_ logits: Values, into probabilities: MutableValues, classes: Int) -> Double {
  var largest = -Double.infinity
  for k in 0..<classes { largest = max(largest, Double(logits[k])) }
  var total = 0.0
  for k in 0..<classes { total += exp(Double(logits[k]) - largest) }
  let logTotal = largest + log(total)
  for k in 0..<classes { probabilities[k] = Float(exp(Double(logits[k]) - logTotal)) }
  return logTotal
}
