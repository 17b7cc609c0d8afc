import Kernels
import TestSupport
import Testing

@Suite struct WeightStandardizationTests {
  /// The kernel computes in Double: what remains is the rounding of its inputs and results.
  static let tolerance = 1e-6
  /// Fan in × outputs; the last is the root convolution.
  static let shapes = [(1, 3), (3, 1), (15, 16), (17, 33), (147, 64)]

  @Test("forward equals the twin", arguments: shapes)
  func forward(fanIn: Int, outputs: Int) {
    let w = GuardedBuffer(randomValues("w", fanIn * outputs, mean: 0.1, deviation: 0.3))
    let standardized = GuardedBuffer(unwritten: w.count)
    standardizeWeightsForward(
      standardized: standardized.pointer, w: w.pointer, fanIn: fanIn, outputs: outputs)
    let expected = Naive.standardizedWeights(w.values.doubles, outputs: outputs)
    #expect(deviation(standardized.values, expected) <= Self.tolerance)
    #expect(standardized.isIntact)
  }

  // One weight per output is left out: its standardized value is 0 and the root has a kink there.
  @Test("backward equals numerical gradients", arguments: shapes.dropFirst())
  func backward(fanIn: Int, outputs: Int) {
    let w = randomValues("w", fanIn * outputs, mean: 0.1, deviation: 0.3)
    let upstream = randomValues("upstream", w.count)
    let gradient = GuardedBuffer(upstream)
    standardizeWeightsBackward(
      gradient: gradient.pointer, w: GuardedBuffer(w).pointer, fanIn: fanIn, outputs: outputs)
    let entries = sampledEntries(w.count, limit: 40)
    let expected = numericalGradient(at: w.doubles, entries: entries) {
      projection(Naive.standardizedWeights($0, outputs: outputs), upstream.doubles)
    }
    #expect(deviation(gradient.values.at(entries), expected) <= Self.tolerance)
    #expect(gradient.isIntact)
  }

  @Test("a constant kernel becomes zero and has a finite gradient")
  func constantKernel() {
    let w = GuardedBuffer([Float](repeating: 0.25, count: 8))
    let standardized = GuardedBuffer(unwritten: 8)
    standardizeWeightsForward(
      standardized: standardized.pointer, w: w.pointer, fanIn: 4, outputs: 2)
    #expect(standardized.values.allSatisfy { $0 == 0 })
    let gradient = GuardedBuffer(randomValues("upstream", 8))
    standardizeWeightsBackward(
      gradient: gradient.pointer, w: w.pointer, fanIn: 4, outputs: 2)
    #expect(gradient.values.allSatisfy { $0.isFinite })
  }
}
