// Group normalization of patch features (Wu and He 2018), with what follows it in the patch
// encoder.
//   y = act((x − μ_g) ρ_g scale_c + bias_c + residual),  statistics per patch and group of channels
// x, y, residual: [patches, positions, channels]; scale, bias: [channels]; statistics: [patches,
// groups]; scratch: [4, channels].
// Vectors run over channels, the contiguous axis, so any group width works.

/// Sizes of one call.
public struct GroupNormShape: Sendable {
  public var patches: Int
  public var positions: Int
  public var channels: Int
  public var groups: Int
  public init(patches: Int, positions: Int, channels: Int, groups: Int) {
    precondition(
      channels % groups == 0, "expected channels divisible by \(groups) groups, got \(channels)")
    (self.patches, self.positions) = (patches, positions)
    (self.channels, self.groups) = (channels, groups)
  }
  var channelsPerGroup: Int { channels / groups }
  /// Elements one group's statistics are taken over.
  var population: Float { Float(positions * channelsPerGroup) }
  /// Floats of scratch that forward and backward need.
  public var scratchCount: Int { 4 * channels }
}

/// Two-pass variance. `residual` may be nil; with `rectify` the result passes through ReLU.
public func groupNormForward(
  y: MutableValues, statistics: NormStatistics, x: Values, parameters: NormParameters,
  residual: Values?, shape: GroupNormShape, rectify: Bool, scratch: MutableValues
) {
  let channels = shape.channels
  let (scale, bias, epsilon) = (parameters.scale, parameters.bias, parameters.epsilon)
  let (sums, means) = (scratch, scratch + channels)
  let factors = scratch + 2 &* channels
  for patch in 0..<shape.patches {
    let base = patch &* shape.positions &* channels
    let mu = statistics.mean + patch &* shape.groups
    let rho = statistics.inverseDeviation + patch &* shape.groups
    channelSums(sums, positions: shape.positions, channels: channels) { p, i, lanes in
      load(x + base + p &* channels + i, lanes)
    }
    groupTotals(sums, into: mu, shape: shape)
    for group in 0..<shape.groups { mu[group] /= shape.population }
    spread(mu, to: means, shape: shape)
    channelSums(sums, positions: shape.positions, channels: channels) { p, i, lanes in
      let d = load(x + base + p &* channels + i, lanes) - load(means + i, lanes)
      return d * d
    }
    groupTotals(sums, into: rho, shape: shape)
    for group in 0..<shape.groups {
      rho[group] = 1 / (rho[group] / shape.population + epsilon).squareRoot()
    }
    spread(rho, to: factors, shape: shape)
    for channel in 0..<channels { factors[channel] *= scale[channel] }
    for position in 0..<shape.positions {
      let offset = base + position &* channels
      sweep(channels) { i, lanes in
        let centered = load(x + offset + i, lanes) - load(means + i, lanes)
        var value = multiplyAdd(centered, load(factors + i, lanes), load(bias + i, lanes))
        if let residual { value += load(residual + offset + i, lanes) }
        if rectify { value = maximum(value, .zero) }
        store(value, to: y + offset + i, lanes)
      }
    }
  }
}

/// What `groupNormBackward` reads: the arguments of `groupNormForward` and the gradient of its
/// result.
public struct GroupNormInputs {
  let yGradient: Values
  /// The result, where it was rectified; otherwise nil.
  let rectified: Values?
  let x: Values
  /// `[channels]`.
  let scale: Values
  let statistics: NormStatistics
  public init(
    yGradient: Values, rectified: Values?, x: Values, scale: Values, statistics: NormStatistics
  ) {
    (self.yGradient, self.rectified, self.x) = (yGradient, rectified, x)
    (self.scale, self.statistics) = (scale, statistics)
  }
}

/// The pullback of `groupNormForward`. With g = yGradient where y > 0 (if rectified), else
/// yGradient: residual gradient = g; scale gradient += Σ g x̂; bias gradient += Σ g;
/// x gradient = ρ (g scale − mean_g(g scale) − x̂ mean_g(g scale x̂)).
public func groupNormBackward(
  _ gradients: NormGradients, of inputs: GroupNormInputs, shape: GroupNormShape,
  scratch: MutableValues
) {
  // Locals, because the compiler would read the fields of arguments again in every turn of a loop.
  let (yGradient, y, x, scale) = (inputs.yGradient, inputs.rectified, inputs.x, inputs.scale)
  let (xGradient, residualGradient) = (gradients.x, gradients.residual)
  let (scaleGradient, biasGradient) = (gradients.scale, gradients.bias)
  let channels = shape.channels
  let (means, deviations) = (scratch, scratch + channels)
  let (sums, products) = (scratch + 2 &* channels, scratch + 3 &* channels)
  @inline(__always) func upstream(_ offset: Int, _ lanes: Int) -> Vector {
    let g = load(yGradient + offset, lanes)
    return y.map { g.replacing(with: 0, where: load($0 + offset, lanes) .<= 0) } ?? g
  }
  for patch in 0..<shape.patches {
    let base = patch &* shape.positions &* channels
    spread(inputs.statistics.mean + patch &* shape.groups, to: means, shape: shape)
    spread(inputs.statistics.inverseDeviation + patch &* shape.groups, to: deviations, shape: shape)
    for channel in 0..<channels { (sums[channel], products[channel]) = (0, 0) }
    // Sums stay in the first-level cache while the features stream by in order.
    for position in 0..<shape.positions {
      let offset = base + position &* channels
      sweep(channels) { i, lanes in
        let g = upstream(offset + i, lanes)
        let centered = load(x + offset + i, lanes) - load(means + i, lanes)
        store(load(sums + i, lanes) + g, to: sums + i, lanes)
        store(multiplyAdd(g, centered, load(products + i, lanes)), to: products + i, lanes)
      }
    }
    sweep(channels) { i, lanes in
      let sum = load(sums + i, lanes)
      let product = load(products + i, lanes) * load(deviations + i, lanes)
      store(load(biasGradient + i, lanes) + sum, to: biasGradient + i, lanes)
      store(load(scaleGradient + i, lanes) + product, to: scaleGradient + i, lanes)
      store(sum * load(scale + i, lanes), to: sums + i, lanes)
      store(product * load(scale + i, lanes), to: products + i, lanes)
    }
    averageOverGroups(sums, shape: shape)
    averageOverGroups(products, shape: shape)
    for position in 0..<shape.positions {
      let offset = base + position &* channels
      sweep(channels) { i, lanes in
        let g = upstream(offset + i, lanes)
        let rho = load(deviations + i, lanes)
        let normalized = (load(x + offset + i, lanes) - load(means + i, lanes)) * rho
        let inner =
          g * load(scale + i, lanes) - load(sums + i, lanes)
          - normalized * load(products + i, lanes)
        store(inner * rho, to: xGradient, at: offset + i, lanes)
        // Second, because the residual may be x itself and is then added to what was just written.
        if let residualGradient { store(g, to: residualGradient, at: offset + i, lanes) }
      }
    }
  }
}

/// sums[c] = Σ_p term(p, c), in four interleaved partial sums: shorter chains of dependent
/// additions and a smaller rounding error.
@inline(__always)
private func channelSums(
  _ sums: MutableValues, positions: Int, channels: Int,
  term: (_ position: Int, _ channel: Int, _ lanes: Int) -> Vector
) {
  sweep(channels) { i, lanes in
    var (s0, s1, s2, s3) = (Vector.zero, Vector.zero, Vector.zero, Vector.zero)
    var position = 0
    while position &+ 4 <= positions {
      s0 += term(position, i, lanes)
      s1 += term(position &+ 1, i, lanes)
      s2 += term(position &+ 2, i, lanes)
      s3 += term(position &+ 3, i, lanes)
      position &+= 4
    }
    while position < positions {
      s0 += term(position, i, lanes)
      position &+= 1
    }
    store((s0 + s1) + (s2 + s3), to: sums + i, lanes)
  }
}

/// totals[g] = Σ of the channels of group g.
private func groupTotals(_ sums: Values, into totals: MutableValues, shape: GroupNormShape) {
  let width = shape.channelsPerGroup
  for group in 0..<shape.groups {
    var total: Float = 0
    for channel in group &* width..<(group &+ 1) &* width { total += sums[channel] }
    totals[group] = total
  }
}

/// perChannel[c] = perGroup[group of c].
private func spread(_ perGroup: Values, to perChannel: MutableValues, shape: GroupNormShape) {
  let width = shape.channelsPerGroup
  for group in 0..<shape.groups {
    for channel in group &* width..<(group &+ 1) &* width { perChannel[channel] = perGroup[group] }
  }
}

/// Replaces each channel's sum by the mean over its group.
private func averageOverGroups(_ sums: MutableValues, shape: GroupNormShape) {
  let width = shape.channelsPerGroup
  for group in 0..<shape.groups {
    let channels = group &* width..<(group &+ 1) &* width
    var total: Float = 0
    for channel in channels { total += sums[channel] }
    for channel in channels { sums[channel] = total / shape.population }
  }
}
