import KernelCases
import TestSupport
import Testing

@Suite struct GELUTests {
  @Test("far from zero the function is 0 or x and its derivative 0 or 1")
  func tails() {
    let x: [Float] = [-1e4, -100, -20, 20, 100, 1e4]
    let zeros = [Float](repeating: 0, count: x.count)
    let run = KernelRun(.gelu(rows: 1, columns: x.count), replaced: ["x": x, "bias": zeros])
    let y = run.result.values
    let gradient = run.backward([1, 1, 1, 1, 1, 1], accumulates: false)[0].buffer.values
    for i in 0..<3 {
      #expect(abs(y[i]) < 1e-30 && abs(gradient[i]) < 1e-20)
      #expect(y[i + 3] == x[i + 3] && gradient[i + 3] == 1)
    }
  }
}
