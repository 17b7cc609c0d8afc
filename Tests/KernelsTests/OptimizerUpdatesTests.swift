import Kernels
import TestSupport
import Testing

@Suite struct OptimizerUpdatesTests {
  @Test("one AdamW update equals the twin", arguments: sweptSizes)
  func adamW(count: Int) {
    let constants = Naive.AdamW(
      learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1)
    let step = 3
    let start = [
      randomValues("p", count), randomValues("m", count, deviation: 0.1),
      randomValues("v", count, mean: 0.02, deviation: 0.001), randomValues("g", count),
    ]
    let buffers = start.map { GuardedBuffer($0) }
    adamWUpdate(
      parameters: buffers[0].pointer, firstMoment: buffers[1].pointer,
      secondMoment: buffers[2].pointer, gradient: buffers[3].pointer, count: count,
      step: AdamWStep(
        learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1,
        firstCorrection: Float(1 / (1 - 0.9 * 0.9 * 0.9)),
        secondCorrection: Float(1 / (1 - 0.999 * 0.999 * 0.999)), gradientScale: 0.5))
    var (p, m, v) = (start[0].doubles, start[1].doubles, start[2].doubles)
    for i in 0..<count {
      Naive.adamW(
        &p[i], &m[i], &v[i], gradient: 0.5 * Double(start[3][i]), step: step, constants)
    }
    // A square root and a division on Floats; 1 − 0.999 as a Float is 2e-5 off relative to itself.
    #expect(deviation(buffers[0].values, p) <= 1e-6)
    #expect(deviation(buffers[1].values, m) <= 1e-6)
    #expect(deviation(buffers[2].values, v) <= 2e-5)
    #expect(buffers[3].values == start[3])
    #expect(buffers.allSatisfy { $0.isIntact })
  }

  @Test("one momentum update equals the twin", arguments: sweptSizes)
  func momentum(count: Int) {
    let start = ["p", "m", "g"].map { randomValues($0, count) }
    let buffers = start.map { GuardedBuffer($0) }
    momentumUpdate(
      parameters: buffers[0].pointer, momentum: buffers[1].pointer, gradient: buffers[2].pointer,
      count: count, learningRate: 0.01, momentumFactor: 0.9, weightDecay: 0.1,
      gradientScale: 0.5)
    var (p, m) = (start[0].doubles, start[1].doubles)
    for i in 0..<count {
      Naive.momentum(
        &p[i], &m[i], gradient: 0.5 * Double(start[2][i]), learningRate: 0.01, momentum: 0.9,
        weightDecay: 0.1)
    }
    #expect(deviation(buffers[0].values, p) <= 1e-6)
    #expect(deviation(buffers[1].values, m) <= 1e-6)
    #expect(buffers[2].values == start[2])
    #expect(buffers.allSatisfy { $0.isIntact })
  }
}
