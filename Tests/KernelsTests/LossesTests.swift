import Kernels
import TestSupport
import Testing

@Suite struct LossesTests {
  /// Losses are computed in Double; the gradient is rounded once, and the softmax inside once more.
  static let tolerance = 1e-6
  static let classes = [1, 3, 10, 17, 1000]

  private func distribution(_ name: String, _ count: Int) -> [Float] {
    Naive.softmax(randomValues(name, count).doubles).map { Float($0) }
  }

  @Test("cross entropy with a label equals the twin", arguments: classes)
  func label(classes: Int) {
    let logits = randomValues("logits", classes, deviation: 3)
    let label = classes / 2
    let target = (0..<classes).map { $0 == label ? 1.0 : 0 }
    // p − 1 cancels when the label is likely: 6e-8 of a gradient of about 0.01.
    check(logits, tolerance: 1e-5) { pointer, gradient in
      crossEntropy(
        logits: pointer, target: { $0 == label ? 1 : 0 }, gradient: gradient, classes: classes)
    } twin: {
      Naive.crossEntropy($0, target)
    }
  }

  @Test("cross entropy with a distribution equals the twin", arguments: classes)
  func softLabel(classes: Int) {
    let logits = randomValues("logits", classes, deviation: 3)
    let target = distribution("target", classes)
    // The target sums to 1 only as far as Float goes.
    check(logits, tolerance: 1e-5) { pointer, gradient in
      crossEntropy(
        logits: pointer, target: { target[$0] }, gradient: gradient, classes: classes)
    } twin: {
      Naive.crossEntropy($0, target.doubles)
    }
  }

  @Test("earth mover's distance equals the twin", arguments: classes, [1.0, 2.0, 3.0])
  func earthMovers(classes: Int, exponent: Double) {
    let logits = randomValues("logits", classes)
    let target = distribution("target", classes)
    // The cumulative sums are differences of Floats: 1e-7 of 1, where the distances are about 0.1.
    check(logits, tolerance: 2e-5) { pointer, gradient in
      earthMoversDistance(
        logits: pointer, target: { target[$0] }, exponent: exponent, gradient: gradient,
        classes: classes)
    } twin: {
      Naive.earthMoversDistance($0, target.doubles, exponent: exponent)
    }
  }

  @Test("no distance, no gradient")
  func perfectPrediction() {
    let gradient = GuardedBuffer(unwritten: 4)
    let loss = earthMoversDistance(
      logits: GuardedBuffer([1, 1, 1, 1]).pointer, target: { _ in 0.25 }, exponent: 2,
      gradient: gradient.pointer, classes: 4)
    #expect(loss == 0 && gradient.values == [0, 0, 0, 0])
  }

  @Test("absolute error and its sign", arguments: [(3, 1, 2, 1), (1, 3, 2, -1), (2, 2, 0, 0)])
  func absolute(output: Float, target: Float, loss: Double, slope: Float) {
    var gradient = Float.nan
    #expect(absoluteError(output: output, target: target, gradient: &gradient) == loss)
    #expect(gradient == slope)
  }

  @Test("softmax of huge logits neither overflows nor loses the sum")
  func largeLogits() {
    let logits: [Float] = [1000, 999, -1000, 0]
    let p = GuardedBuffer(unwritten: 4)
    let logTotal = softmax(GuardedBuffer(logits).pointer, into: p.pointer, classes: 4)
    #expect(deviation(p.values, Naive.softmax(logits.doubles)) <= Self.tolerance)
    #expect(abs(logTotal - 1000.313261687518) <= 1e-9)
    #expect(p.isIntact)
  }

  private func check(
    _ logits: [Float], tolerance: Double,
    loss: (UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Double,
    twin: ([Double]) -> Double
  ) {
    let gradient = GuardedBuffer(unwritten: logits.count)
    let value = loss(GuardedBuffer(logits).pointer, gradient.pointer)
    let expected = twin(logits.doubles)
    #expect(abs(value - expected) <= tolerance * max(expected, 0.01))
    let entries = sampledEntries(logits.count)
    let numerical = numericalGradient(at: logits.doubles, entries: entries, of: twin)
    #expect(deviation(gradient.values.at(entries), numerical) <= tolerance)
    #expect(gradient.isIntact)
  }
}
