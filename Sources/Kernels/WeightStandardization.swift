// Weight standardization (Qiao et al. 2019) as in the official MUSIQ code: per output channel over
// all inputs,  ŵ = (w − μ) / (σ + 10⁻⁵)  with the population standard deviation and ε on σ, not on
// σ². w: [fanIn, outputs] (an HWIO kernel seen as a matrix). Small tensors: plain loops in Double.

/// Added to the standard deviation.
public let weightStandardizationEpsilon = 1e-5

/// standardized = (w − μ) / (σ + ε).
public func standardizeWeightsForward(
  standardized: MutableValues, w: Values, fanIn: Int, outputs: Int
) {
  for output in 0..<outputs {
    let (mean, deviation) = moments(w + output, fanIn: fanIn, outputs: outputs)
    let factor = 1 / (deviation + weightStandardizationEpsilon)
    for i in 0..<fanIn {
      standardized[i &* outputs &+ output] = Float(
        (Double(w[i &* outputs &+ output]) - mean) * factor)
    }
  }
}

/// Turns ∂L/∂ŵ into ∂L/∂w in place. With s = σ + ε, d = w − μ, n = fanIn:
/// ∂L/∂w = (g − mean(g)) / s − d · Σ(g d) / (n σ s²). Linear in g, so it may be applied once to a
/// sum.
public func standardizeWeightsBackward(
  gradient: MutableValues, w: Values, fanIn: Int, outputs: Int
) {
  let count = Double(fanIn)
  for output in 0..<outputs {
    let (mean, deviation) = moments(w + output, fanIn: fanIn, outputs: outputs)
    let s = deviation + weightStandardizationEpsilon
    var sum = 0.0
    var product = 0.0
    for i in 0..<fanIn {
      let g = Double(gradient[i &* outputs &+ output])
      sum += g
      product += g * (Double(w[i &* outputs &+ output]) - mean)
    }
    // A constant kernel (σ = 0) has d = 0 everywhere: the second term vanishes.
    let slope = deviation > 0 ? product / (count * deviation * s * s) : 0
    for i in 0..<fanIn {
      let index = i &* outputs &+ output
      let d = Double(w[index]) - mean
      gradient[index] = Float((Double(gradient[index]) - sum / count) / s - d * slope)
    }
  }
}

/// Mean and population standard deviation of one output channel.
private func moments(_ w: Values, fanIn: Int, outputs: Int) -> (mean: Double, deviation: Double) {
  var sum = 0.0
  for i in 0..<fanIn { sum += Double(w[i &* outputs]) }
  let mean = sum / Double(fanIn)
  var squares = 0.0
  for i in 0..<fanIn {
    let d = Double(w[i &* outputs]) - mean
    squares += d * d
  }
  return (mean, (squares / Double(fanIn)).squareRoot())
}
