// Passes over whole buffers that belong to no layer in particular.

#if canImport(Glibc)
  import Glibc
#endif

/// y = a. Cost: 8 bytes per element.
public func copy(_ a: Values, to y: MutableValues, count: Int) {
  memcpy(y, a, count * MemoryLayout<Float>.stride)
}

/// y += a, the inner node of the reduction tree. Cost: 12 bytes per element.
public func add(_ a: Values, to y: MutableValues, count: Int) {
  sweep(count) { i, lanes in store(load(y + i, lanes) + load(a + i, lanes), to: y + i, lanes) }
}

/// The gradient of a value that is passed on as it is: y = a, or y += a.
public func copy(_ a: Values, to y: GradientTarget, count: Int) {
  if y.accumulates {
    add(a, to: y.pointer, count: count)
  } else {
    copy(a, to: y.pointer, count: count)
  }
}

/// y = factor · y.
public func scale(_ y: MutableValues, by factor: Float, count: Int) {
  let factors = Vector(repeating: factor)
  sweep(count) { i, lanes in store(load(y + i, lanes) * factors, to: y + i, lanes) }
}

/// y = bias in every row, plus `residual` where there is one: what a product then accumulates onto,
/// so that neither bias nor residual costs a pass of its own.
/// - Parameters: y, residual `[rows, columns]`; bias `[columns]`.
public func fillRows(
  _ y: MutableValues, bias: Values?, residual: Values?, rows: Int, columns: Int
) {
  for row in 0..<rows {
    let target = y + row &* columns
    sweep(columns) { i, lanes in
      var value = bias.map { load($0 + i, lanes) } ?? .zero
      if let residual { value += load(residual + row &* columns + i, lanes) }
      store(value, to: target + i, lanes)
    }
  }
}

/// sums[c] += Σᵣ g[r, c]: the gradient of a bias.
public func addColumnSums(of g: Values, to sums: MutableValues, rows: Int, columns: Int) {
  sweep(columns) { i, lanes in
    var sum = load(sums + i, lanes)
    for row in 0..<rows { sum += load(g + row &* columns + i, lanes) }
    store(sum, to: sums + i, lanes)
  }
}

/// Σ xᵢ² in Double, in a fixed order.
public func sumOfSquares(_ x: Values, count: Int) -> Double {
  var low = SIMD8<Double>.zero
  var high = SIMD8<Double>.zero
  sweep(count) { i, lanes in
    let v = load(x + i, lanes)
    let a = SIMD8<Double>(v.lowHalf)
    let b = SIMD8<Double>(v.highHalf)
    low.addProduct(a, a)
    high.addProduct(b, b)
  }
  return (low + high).sum()
}
