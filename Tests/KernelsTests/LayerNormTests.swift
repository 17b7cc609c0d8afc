import Kernels
import TestSupport
import Testing

@Suite struct LayerNormTests {
  /// Two rounded sums over the columns, a square root and a division: some 1e-7 each.
  static let tolerance = 2e-6
  static let rows = 3
  static let epsilon: Float = 1e-6

  /// Forward of x `[rows, columns]`, with what backward needs.
  private struct Run {
    let x, scale, bias, y, mean, inverseDeviation: GuardedBuffer
    let columns: Int

    init(columns: Int, mean center: Double = 0) {
      self.columns = columns
      x = GuardedBuffer(randomValues("x", rows * columns, mean: center, deviation: 2))
      scale = GuardedBuffer(randomValues("scale", columns, mean: 1, deviation: 0.2))
      bias = GuardedBuffer(randomValues("bias", columns))
      y = GuardedBuffer(unwritten: rows * columns)
      mean = GuardedBuffer(unwritten: rows)
      inverseDeviation = GuardedBuffer(unwritten: rows)
      layerNormForward(
        y: y.pointer, mean: mean.pointer, inverseDeviation: inverseDeviation.pointer,
        x: x.pointer, scale: scale.pointer, bias: bias.pointer, rows: rows, columns: columns,
        epsilon: epsilon)
    }

    func twin(
      x: [Double]? = nil, scale: [Double]? = nil, bias: [Double]? = nil
    ) -> [Double] {
      Naive.layerNorm(
        x ?? self.x.values.doubles, scale: scale ?? self.scale.values.doubles,
        bias: bias ?? self.bias.values.doubles, epsilon: Double(epsilon))
    }
  }

  @Test("forward equals the twin", arguments: sweptSizes + [1152])
  func forward(columns: Int) {
    let run = Run(columns: columns)
    #expect(deviation(run.y.values, run.twin()) <= Self.tolerance)
    #expect(run.y.isIntact && run.mean.isIntact && run.inverseDeviation.isIntact)
  }

  @Test("rows with a mean a thousand times their deviation keep their variance")
  func largeMean() {
    // The inputs themselves are rounded at 2000 · 6e-8 ≈ 1e-4 only once, in the mean.
    let run = Run(columns: 384, mean: 2000)
    #expect(deviation(run.y.values, run.twin()) <= 2e-4)
  }

  @Test("backward equals numerical gradients", arguments: sweptSizes, [false, true])
  func backward(columns: Int, accumulate: Bool) {
    let run = Run(columns: columns)
    let w = randomValues("w", run.y.count)
    let old = accumulate ? randomValues("old", run.x.count) : []
    let oldScale = randomValues("old scale", columns)
    let oldBias = randomValues("old bias", columns)
    let xGradient = accumulate ? GuardedBuffer(old) : GuardedBuffer(unwritten: run.x.count)
    let (scaleGradient, biasGradient) = (GuardedBuffer(oldScale), GuardedBuffer(oldBias))
    layerNormBackward(
      xGradient: xGradient.pointer, scaleGradient: scaleGradient.pointer,
      biasGradient: biasGradient.pointer, yGradient: GuardedBuffer(w).pointer, x: run.x.pointer,
      scale: run.scale.pointer, mean: run.mean.pointer,
      inverseDeviation: run.inverseDeviation.pointer, rows: Self.rows, columns: columns,
      accumulate: accumulate)

    let entries = sampledEntries(run.x.count)
    var expected = numericalGradient(at: run.x.values.doubles, entries: entries) {
      projection(run.twin(x: $0), w.doubles)
    }
    if accumulate { for (i, e) in entries.enumerated() { expected[i] += Double(old[e]) } }
    #expect(deviation(xGradient.values.at(entries), expected) <= Self.tolerance)
    let columnEntries = sampledEntries(columns)
    let scaleExpected = numericalGradient(
      at: run.scale.values.doubles, entries: columnEntries
    ) { projection(run.twin(scale: $0), w.doubles) }
    let biasExpected = numericalGradient(at: run.bias.values.doubles, entries: columnEntries) {
      projection(run.twin(bias: $0), w.doubles)
    }
    #expect(
      deviation(
        scaleGradient.values.at(columnEntries), plus(scaleExpected, oldScale, columnEntries))
        <= Self.tolerance)
    #expect(
      deviation(biasGradient.values.at(columnEntries), plus(biasExpected, oldBias, columnEntries))
        <= Self.tolerance)
    #expect(xGradient.isIntact && scaleGradient.isIntact && biasGradient.isIntact)
  }
}

/// `gradient` of the sampled entries added to what was there before.
func plus(_ gradient: [Double], _ old: [Float], _ entries: [Int]) -> [Double] {
  zip(gradient, entries).map { $0 + Double(old[$1]) }
}
