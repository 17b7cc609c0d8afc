// What layer norm and group norm take and give besides x and y.

/// The learned part of a normalization, and the constant under its root.
public struct NormParameters {
  /// `[features]`: columns of a layer norm, channels of a group norm.
  let scale: Values
  /// `[features]`.
  let bias: Values
  let epsilon: Float
  public init(scale: Values, bias: Values, epsilon: Float) {
    (self.scale, self.bias, self.epsilon) = (scale, bias, epsilon)
  }
}

/// μ and ρ = 1 / √(σ² + ε), written by forward and read by backward: `[rows]` of a layer norm,
/// `[patches, groups]` of a group norm.
public struct NormStatistics {
  let mean: MutableValues
  let inverseDeviation: MutableValues
  public init(mean: MutableValues, inverseDeviation: MutableValues) {
    (self.mean, self.inverseDeviation) = (mean, inverseDeviation)
  }
}

/// Where the backward pass of a normalization writes.
public struct NormGradients {
  let x: GradientTarget
  /// `[features]`, added to.
  let scale: MutableValues
  /// `[features]`, added to.
  let bias: MutableValues
  /// Of what is added to the normalized x; nil without one.
  let residual: GradientTarget?
  public init(
    x: GradientTarget, scale: MutableValues, bias: MutableValues, residual: GradientTarget? = nil
  ) {
    (self.x, self.scale, self.bias, self.residual) = (x, scale, bias, residual)
  }
}
