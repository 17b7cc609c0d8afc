import Labels
import Layers
import TestSupport
import Testing

@Suite struct ObjectiveTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let objective: Objective
    let target: Label
    let outputs: Int
    let twin: @Sendable ([Double]) -> Double
    var testDescription: String { "\(objective), \(outputs) outputs" }
  }

  static let histogram: [Float] = [0.1, 0.25, 0.4, 0.125, 0.125]
  static let cases = [
    Case(objective: .crossEntropy, target: .classIndex(3), outputs: 5) {
      Naive.crossEntropy($0, [0, 0, 0, 1, 0])
    },
    Case(objective: .crossEntropy, target: .ratings(histogram), outputs: 5) {
      Naive.crossEntropy($0, histogram.doubles)
    },
    Case(objective: .absoluteError, target: .score(0.3), outputs: 1) { abs($0[0] - 0.3) },
    Case(objective: .absoluteError, target: .attributes([0.3, -1, 2]), outputs: 3) {
      zip($0, [0.3, -1, 2]).reduce(0) { $0 + abs($1.0 - $1.1) } / 3
    },
    Case(
      objective: .earthMoversDistance(exponent: 2), target: .ratings(histogram), outputs: 5
    ) { Naive.earthMoversDistance($0, histogram.doubles, exponent: 2) },
    Case(
      objective: .earthMoversDistance(exponent: 1), target: .ratings(histogram), outputs: 5
    ) { Naive.earthMoversDistance($0, histogram.doubles, exponent: 1) },
  ]

  @Test("loss and gradient equal those of the twin", arguments: cases)
  func gradient(example: Case) {
    let logits = randomValues("logits", example.outputs)
    let gradient = GuardedBuffer(unwritten: example.outputs)
    let loss = example.objective(
      logits: GuardedBuffer(logits).pointer, outputs: example.outputs, target: example.target,
      gradient: gradient.pointer)
    // Probabilities are rounded to Float once.
    #expect(abs(loss - example.twin(logits.doubles)) <= 1e-6)
    let expected = numericalGradient(at: logits.doubles, of: example.twin)
    #expect(deviation(gradient.values, expected) <= 5e-6)
    #expect(gradient.isIntact)
  }
}
