import Kernels
import TestSupport
import Testing

@Suite struct AttentionTests {
  /// Two products, one exponential (2e-7) and sums over up to 200 keys.
  static let tolerance = 5e-6

  /// Row ranges: images of one token, of less and more than a block of 64 queries, and no tokens.
  struct Case: CustomTestStringConvertible {
    var name: String
    var twin: Naive.Heads
    var testDescription: String { name }
    var columns: Int { twin.heads * twin.headSize }
    var queryCount: Int { twin.queries.last! * columns }
    var keyCount: Int { twin.keys.last! * columns }
  }

  static let cases: [Case] = [
    Case(
      name: "one token",
      twin: Naive.Heads(queries: [0, 1], keys: [0, 1], heads: 1, headSize: 1)),
    Case(
      name: "packed images, odd head size",
      twin: Naive.Heads(
        queries: [0, 3, 4, 21], keys: [0, 3, 4, 21], heads: 3, headSize: 5)),
    Case(
      name: "several blocks of queries",
      twin: Naive.Heads(queries: [0, 65, 195], keys: [0, 65, 195], heads: 2, headSize: 17)),
    Case(
      name: "class tokens only",
      twin: Naive.Heads(queries: [0, 1, 2], keys: [0, 15, 48], heads: 2, headSize: 16)),
    Case(
      name: "an image without rows",
      twin: Naive.Heads(queries: [0, 4, 4, 7], keys: [0, 4, 4, 7], heads: 2, headSize: 3)),
    Case(
      name: "padded and masked",
      twin: Naive.Heads(
        queries: [0, 6, 12, 18], keys: [0, 6, 12, 18], heads: 2, headSize: 4,
        mask: [1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0], masksQueries: true)),
    Case(
      name: "masked keys for class tokens",
      twin: Naive.Heads(
        queries: [0, 1, 2, 3], keys: [0, 6, 12, 18], heads: 2, headSize: 4,
        mask: [1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0])),
    Case(
      name: "published head size",
      twin: Naive.Heads(queries: [0, 130], keys: [0, 130], heads: 6, headSize: 64)),
  ]

  private struct Run {
    let shape: Case
    let q, k, v, output, logSumExp: GuardedBuffer
    let kernelShape: AttentionShape

    init(_ shape: Case, deviation: Double = 1) {
      self.shape = shape
      kernelShape = AttentionShape(
        queries: stable(shape.twin.queries), keys: stable(shape.twin.keys),
        imageCount: shape.twin.queries.count - 1, heads: shape.twin.heads,
        headSize: shape.twin.headSize,
        keyMask: shape.twin.mask.map { stable($0.map { Float($0) }) },
        masksQueries: shape.twin.masksQueries)
      q = GuardedBuffer(randomValues("q", shape.queryCount, deviation: deviation))
      k = GuardedBuffer(randomValues("k", shape.keyCount, deviation: deviation))
      v = GuardedBuffer(randomValues("v", shape.keyCount))
      output = GuardedBuffer(unwritten: shape.queryCount)
      logSumExp = GuardedBuffer(unwritten: shape.twin.heads * shape.twin.queries.last!)
      let scratch = GuardedBuffer(unwritten: kernelShape.forwardScratchCount)
      attentionForward(
        output: output.pointer, logSumExp: logSumExp.pointer, operands: operands,
        shape: kernelShape, scratch: scratch.pointer)
      #expect(output.isIntact && logSumExp.isIntact && scratch.isIntact)
    }

    var operands: AttentionOperands {
      func operand(_ buffer: GuardedBuffer) -> MatrixOperand {
        MatrixOperand(buffer.pointer, stride: shape.columns)
      }
      return AttentionOperands(queries: operand(q), keys: operand(k), values: operand(v))
    }

    /// `attentionBackward` for the output gradient `w`.
    func backward(_ w: [Float], into gradients: [GuardedBuffer], accumulate: Bool) {
      let scratch = GuardedBuffer(unwritten: kernelShape.backwardScratchCount)
      let upstream = GuardedBuffer(w)
      attentionBackward(
        AttentionGradients(
          queries: gradients[0].pointer, keys: gradients[1].pointer, values: gradients[2].pointer,
          accumulate: (accumulate, accumulate, accumulate)),
        outputGradient: upstream.pointer,
        outputGradientOperand: MatrixOperand(upstream.pointer, stride: shape.columns),
        output: output.pointer, logSumExp: logSumExp.pointer, operands: operands,
        shape: kernelShape, scratch: scratch.pointer)
      #expect(scratch.isIntact && upstream.isIntact)
    }

    func twin(q: [Double]? = nil, k: [Double]? = nil, v: [Double]? = nil) -> [Double] {
      Naive.attention(
        q ?? self.q.values.doubles, k ?? self.k.values.doubles, v ?? self.v.values.doubles,
        shape.twin)
    }
  }

  @Test("forward equals the twin", arguments: cases)
  func forward(shape: Case) {
    let run = Run(shape)
    #expect(deviation(run.output.values, run.twin()) <= Self.tolerance)
  }

  @Test("scores far beyond the range of the exponential stay exact")
  func largeScores() {
    let run = Run(Self.cases[1], deviation: 30)
    // Scores of some thousand: their own rounding, 6e-8 · 2000, moves the probabilities.
    #expect(deviation(run.output.values, run.twin()) <= 1e-4)
  }

  @Test("backward equals numerical gradients", arguments: cases, [false, true])
  func backward(shape: Case, accumulate: Bool) {
    let run = Run(shape)
    var w = randomValues("w", shape.queryCount)
    // What attention gives for a padded query is read by nothing, so no gradient comes back.
    if shape.twin.masksQueries, let mask = shape.twin.mask {
      for i in w.indices where mask[i / shape.columns] == 0 { w[i] = 0 }
    }
    let old = [
      randomValues("old q", shape.queryCount), randomValues("old k", shape.keyCount),
      randomValues("old v", shape.keyCount),
    ]
    let gradients = old.map {
      accumulate ? GuardedBuffer($0) : GuardedBuffer(unwritten: $0.count)
    }
    run.backward(w, into: gradients, accumulate: accumulate)

    let inputs = [run.q, run.k, run.v]
    let limit = shape.queryCount > 10_000 ? 4 : 16
    for part in 0..<3 {
      let entries = sampledEntries(inputs[part].count, limit: limit)
      let numerical = numericalGradient(at: inputs[part].values.doubles, entries: entries) {
        projection(
          run.twin(q: part == 0 ? $0 : nil, k: part == 1 ? $0 : nil, v: part == 2 ? $0 : nil),
          w.doubles)
      }
      let expected = accumulate ? plus(numerical, old[part], entries) : numerical
      #expect(
        deviation(gradients[part].values.at(entries), expected) <= Self.tolerance, "part \(part)")
      #expect(gradients[part].isIntact)
    }
  }

  @Test("masked keys have no influence and no gradient")
  func masking() throws {
    let shape = try #require(Self.cases.first { $0.name == "masked keys for class tokens" })
    let run = Run(shape)
    let gradients = [shape.queryCount, shape.keyCount, shape.keyCount].map {
      GuardedBuffer(unwritten: $0)
    }
    run.backward(randomValues("w", shape.queryCount), into: gradients, accumulate: false)
    for (row, valid) in try #require(shape.twin.mask).enumerated() where valid == 0 {
      for i in row * shape.columns..<(row + 1) * shape.columns {
        // The smallest exponential is 1e-38, not 0.
        #expect(abs(gradients[1].values[i]) < 1e-30 && abs(gradients[2].values[i]) < 1e-30)
      }
    }
  }
}
