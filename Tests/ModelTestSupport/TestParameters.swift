// Parameter values for gradient checks: nothing is zero, so every gradient has something to show.

import Tensors
import TestSupport

/// Random values of a parameter, a function of its name: kernels of variance about 1 / fan in, scales
/// around 1, everything else of deviation 0.3. Initializers would not do: several set zeros, behind
/// which all gradients vanish.
public func testParameter(_ entry: ParameterLayout.Entry) -> [Float] {
  if entry.name.hasSuffix("scale") {
    return randomValues(entry.name, entry.count, mean: 1, deviation: 0.3)
  }
  guard entry.name.hasSuffix("kernel") else {
    return randomValues(entry.name, entry.count, deviation: entry.name == "input" ? 1 : 0.3)
  }
  let fanIn = Double(entry.count / (entry.shape.last ?? 1))
  return randomValues(entry.name, entry.count, deviation: 1 / fanIn.squareRoot())
}
