// y = max over windows, per patch

import Kernels

struct MaxPoolOperation: Differentiable {
  let x: Variable
  let geometry: WindowGeometry
  let y: Variable

  /// The gradient goes to the first maximum of each window.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    guard let target = tape.gradientTarget(of: x) else { return }
    maxPoolBackward(
      target, yGradient: yGradient, y: y.value, x: x.value,
      patches: x.count / geometry.inputCount, geometry)
  }
}

extension Tape {
  /// Maximum pooling, SAME padding with −∞.
  /// - Parameter x: `[patches · side², channels]`.
  /// - Returns: `[patches · outputSide², channels]`.
  public func maxPool(_ x: Variable, geometry: WindowGeometry) -> Variable {
    let patches = x.count / geometry.inputCount
    let y = output(rows: patches * geometry.outputPositions, columns: x.columns)
    maxPoolForward(y: y.value, x: x.value, patches: patches, geometry)
    record(.maxPool(MaxPoolOperation(x: x, geometry: geometry, y: y)))
    return y
  }
}
