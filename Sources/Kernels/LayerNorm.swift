// Layer normalization over the last axis (Ba et al. 2016).
//   y = (x − μ) ρ scale + bias,  μ = mean(x),  ρ = 1 / √(var(x) + ε)
// x, y: [rows, columns]; scale, bias: [columns]; statistics: [rows].

/// Two-pass variance: stable for rows whose mean is large. Cost: 12 bytes per element from cache.
public func layerNormForward(
  y: MutableValues, statistics: NormStatistics, x: Values, parameters: NormParameters, rows: Int,
  columns: Int
) {
  let (scale, bias, epsilon) = (parameters.scale, parameters.bias, parameters.epsilon)
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
          ? load(input + i) - mu : centered(input + i, lanes, mean: mu)
        total.addProduct(d, d)
      }
      squares = horizontalSum(total)
    }
    let rho = 1 / (squares / count + epsilon).squareRoot()
    statistics.mean[row] = mu
    statistics.inverseDeviation[row] = rho
    sweep(columns) { i, lanes in
      let normalized = (load(input + i, lanes) - mu) * rho
      store(
        multiplyAdd(normalized, load(scale + i, lanes), load(bias + i, lanes)), to: output + i,
        lanes)
    }
  }
}

/// With x̂ = (x − μ)ρ and g = yGradient · scale:
/// x gradient = ρ (g − mean(g) − x̂ mean(g x̂)); scale gradient += Σ yGradient x̂;
/// bias gradient += Σ yGradient. There is no residual.
public func layerNormBackward(
  _ gradients: NormGradients, yGradient: Values, x: Values, scale: Values,
  statistics: NormStatistics, rows: Int, columns: Int
) {
  let (xGradient, scaleGradient, biasGradient) = (gradients.x, gradients.scale, gradients.bias)
  let count = Float(columns)
  for row in 0..<rows {
    let input = x + row &* columns
    let upstream = yGradient + row &* columns
    let output = row &* columns
    let mu = statistics.mean[row]
    let rho = statistics.inverseDeviation[row]
    var sum = Vector.zero
    var product = Vector.zero
    sweep(columns) { i, lanes in
      let dy = load(upstream + i, lanes)
      let normalized = (load(input + i, lanes) - mu) * rho
      let g = dy * load(scale + i, lanes)
      sum += g
      product.addProduct(g, normalized)
      store(
        multiplyAdd(dy, normalized, load(scaleGradient + i, lanes)), to: scaleGradient + i, lanes)
      store(load(biasGradient + i, lanes) + dy, to: biasGradient + i, lanes)
    }
    let meanG = horizontalSum(sum) / count
    let meanProduct = horizontalSum(product) / count
    sweep(columns) { i, lanes in
      let normalized = (load(input + i, lanes) - mu) * rho
      let g = load(upstream + i, lanes) * load(scale + i, lanes)
      let dx = (g - meanG - normalized * meanProduct) * rho
      store(dx, to: xGradient, at: output + i, lanes)
    }
  }
}

/// x − mean in the first lanes, 0 beyond.
@inline(__always)
private func centered(_ x: Values, _ lanes: Int, mean: Float) -> Vector {
  var vector = Vector.zero
  for lane in 0..<lanes { vector[lane] = x[lane] - mean }
  return vector
}
