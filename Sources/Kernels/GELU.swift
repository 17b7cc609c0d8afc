// Gaussian error linear unit in its tanh form, fused with the bias of the layer before it.
//   gelu(h) = h/2 (1 + tanh(√(2/π)(h + 0.044715 h³))) = h · σ(2u),  u = √(2/π)(h + 0.044715 h³)
// (Hendrycks and Gimpel 2016, eq. 2 of section 2; the form that flax uses by default.)
// x: [rows, columns] pre-activations without bias; bias: [columns].

private let rootTwoOverPi: Float = 0.7978845608
private let cubic: Float = 0.044715

/// y = gelu(x + bias). Cost: 8 bytes and one exponential per element.
public func biasGELUForward(
  y: MutableValues, x: Values, bias: Values, rows: Int, columns: Int
) {
  for row in 0..<rows {
    let offset = row &* columns
    sweep(columns) { i, lanes in
      let h = load(x + offset + i, lanes) + load(bias + i, lanes)
      store(h * gate(h), to: y + offset + i, lanes)
    }
  }
}

/// x gradient = yGradient · gelu′(x + bias). The target may be the memory of yGradient.
/// gelu′(h) = s + h s (1 − s) 2u′ with s = σ(2u), u′ = √(2/π)(1 + 3·0.044715 h²).
public func biasGELUBackward(
  _ xGradient: GradientTarget, yGradient: Values, x: Values, bias: Values, rows: Int, columns: Int
) {
  let one = Vector(repeating: 1)
  @inline(__always) func update(_ offset: Int, _ i: Int, _ lanes: Int) {
    let h = load(x + offset + i, lanes) + load(bias + i, lanes)
    let s = gate(h)
    let slope = (h * h * (6 * cubic * rootTwoOverPi)) + Vector(repeating: 2 * rootTwoOverPi)
    let derivative = s.addingProduct(h * s * (one - s), slope)
    store(load(yGradient + offset + i, lanes) * derivative, to: xGradient, at: offset + i, lanes)
  }
  // Not `sweep`: the compiler would call so large a body instead of inlining it.
  let whole = columns & ~(vectorWidth - 1)
  for row in 0..<rows {
    let offset = row &* columns
    for i in stride(from: 0, to: whole, by: vectorWidth) { update(offset, i, vectorWidth) }
    if whole < columns { update(offset, whole, columns - whole) }
  }
}

/// σ(2u).
@inline(__always)
private func gate(_ h: Vector) -> Vector {
  let u =
    h
    * Vector(repeating: rootTwoOverPi).addingProduct(
      h * h, Vector(repeating: cubic * rootTwoOverPi))
  return Vector(repeating: 1) / (Vector(repeating: 1) + exponential(u * -2))
}
