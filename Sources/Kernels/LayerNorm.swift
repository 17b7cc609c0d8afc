// Layer normalisation over the last axis (Ba et al. 2016).
//   y = (x − μ) ρ scale + bias,  μ = mean(x),  ρ = 1 / √(var(x) + ε)
// x, y: [rows, columns]; scale, bias: [columns]; mean, inverseDeviation: [rows], kept for backward.

/// Two-pass variance: stable for rows whose mean is large. Cost: 12 bytes per element from cache.
public func layerNormForward(
  y: MutableValues, mean: MutableValues, inverseDeviation: MutableValues,
  x: Values, scale: Values, bias: Values, rows: Int, columns: Int, epsilon: Float
) {
  let count = Float(columns)
  for row in 0..<rows {
    let input = x + row &* columns
    let output = y + row &* columns
    var sum = Vector.zero
    sweep(columns) { i, lanes in sum += load(input + i, lanes) }
    let mu = horizontalSum(sum) / count
    var squares: Float = 0
    do {
      var total = Vector.zero
      sweep(columns) { i, lanes in
        // Lanes beyond the end would contribute μ²: load them as μ.
        let d =
          lanes == vectorWidth
          ? load(input + i) - mu : centred(input + i, lanes, mean: mu)
        total.addProduct(d, d)
      }
      squares = horizontalSum(total)
    }
    let rho = 1 / (squares / count + epsilon).squareRoot()
    mean[row] = mu
    inverseDeviation[row] = rho
    sweep(columns) { i, lanes in
      let normalised = (load(input + i, lanes) - mu) * rho
      store(
        multiplyAdd(normalised, load(scale + i, lanes), load(bias + i, lanes)), to: output + i,
        lanes)
    }
  }
}

/// With x̂ = (x − μ)ρ and g = yGradient · scale:
/// xGradient = ρ (g − mean(g) − x̂ mean(g x̂)); scaleGradient += Σ yGradient x̂; biasGradient += Σ yGradient.
public func layerNormBackward(
  xGradient: MutableValues, scaleGradient: MutableValues, biasGradient: MutableValues,
  yGradient: Values, x: Values, scale: Values, mean: Values, inverseDeviation: Values,
  rows: Int, columns: Int, accumulate: Bool
) {
  let count = Float(columns)
  for row in 0..<rows {
    let input = x + row &* columns
    let upstream = yGradient + row &* columns
    let output = xGradient + row &* columns
    let mu = mean[row]
    let rho = inverseDeviation[row]
    var sum = Vector.zero
    var product = Vector.zero
    sweep(columns) { i, lanes in
      let dy = load(upstream + i, lanes)
      let normalised = (load(input + i, lanes) - mu) * rho
      let g = dy * load(scale + i, lanes)
      sum += g
      product.addProduct(g, normalised)
      store(
        multiplyAdd(dy, normalised, load(scaleGradient + i, lanes)), to: scaleGradient + i, lanes)
      store(load(biasGradient + i, lanes) + dy, to: biasGradient + i, lanes)
    }
    let meanG = horizontalSum(sum) / count
    let meanProduct = horizontalSum(product) / count
    sweep(columns) { i, lanes in
      let normalised = (load(input + i, lanes) - mu) * rho
      let g = load(upstream + i, lanes) * load(scale + i, lanes)
      let dx = (g - meanG - normalised * meanProduct) * rho
      store(dx, to: output + i, lanes, accumulate: accumulate)
    }
  }
}

/// x − mean in the first lanes, 0 beyond.
@inline(__always)
private func centred(_ x: Values, _ lanes: Int, mean: Float) -> Vector {
  var vector = Vector.zero
  for lane in 0..<lanes { vector[lane] = x[lane] - mean }
  return vector
}
