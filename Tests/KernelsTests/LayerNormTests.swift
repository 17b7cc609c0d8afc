import KernelCases
import TestSupport
import Testing

@Suite struct LayerNormTests {
  @Test("rows with a mean a thousand times their deviation keep their variance")
  func largeMean() {
    let columns = 384
    let x = randomValues("x", 3 * columns, mean: 2000, deviation: 2)
    let run = KernelRun(
      .layerNorm(rows: 3, columns: columns, epsilon: 1e-6), replaced: ["x": x])
    let inputs = run.inputValues
    let expected = Naive.layerNorm(inputs[0], scale: inputs[1], bias: inputs[2], epsilon: 1e-6)
    // The inputs themselves are rounded at 2000 · 6e-8 ≈ 1e-4 only once, in the mean.
    #expect(deviation(run.result.values, expected) <= 2e-4)
  }
}
