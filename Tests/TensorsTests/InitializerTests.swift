import Tensors
import Testing

@Suite struct InitializerTests {
  private func drawn(_ initializer: Initializer, _ shape: [Int]) -> [Double] {
    let store = ParameterStore(
      layout: ParameterLayout([ParameterSpecification("p", shape, initializer)]))
    store.initialize(seed: 1)
    return store["p"].map(Double.init)
  }
  private func deviation(_ x: [Double]) -> Double {
    (x.reduce(0) { $0 + $1 * $1 } / Double(x.count)).squareRoot()
  }

  @Test("lecun-normal has variance 1 / fan in and ends at two deviations before rescaling")
  func lecun() {
    let x = drawn(.lecunNormal, [5, 5, 4, 1000])
    #expect(abs(deviation(x) * 10 - 1) < 0.01)  // Standard error: 1 / √(2 · 100,000) = 0.002.
    let limit = 2 * 0.1 / 0.87962566
    let largest = x.map(abs).max() ?? 0
    #expect(largest <= limit + 1e-7 && largest > 0.99 * limit)
  }

  @Test("xavier-uniform fills its interval evenly")
  func xavier() {
    let x = drawn(.xavierUniform(fanIn: 384, fanOut: 384), [384, 6, 64])
    let limit = (6.0 / 768).squareRoot()
    let largest = x.map(abs).max() ?? 0
    #expect(largest <= limit && largest > 0.999 * limit)
    #expect(abs(deviation(x) / (limit / 3.0.squareRoot()) - 1) < 0.01)
  }

  @Test("normal has the given deviation")
  func normal() {
    #expect(abs(deviation(drawn(.normal(deviation: 0.02), [100_000])) / 0.02 - 1) < 0.01)
  }
}
