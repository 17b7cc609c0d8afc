import KernelCases
import Kernels
import TestSupport
import Testing

/// Row ranges for attention: images of one token, of less and more than a block of 64 queries, and
/// without tokens.
private let attentionTwins: [(name: String, twin: Naive.Heads)] = [
  ("one token", Naive.Heads(queries: [0, 1], keys: [0, 1], heads: 1, headSize: 1)),
  (
    "packed images, odd head size",
    Naive.Heads(queries: [0, 3, 4, 21], keys: [0, 3, 4, 21], heads: 3, headSize: 5)
  ),
  (
    "several blocks of queries",
    Naive.Heads(queries: [0, 65, 195], keys: [0, 65, 195], heads: 2, headSize: 17)
  ),
  (
    "class tokens only",
    Naive.Heads(queries: [0, 1, 2], keys: [0, 15, 48], heads: 2, headSize: 16)
  ),
  (
    "an image without rows",
    Naive.Heads(queries: [0, 4, 4, 7], keys: [0, 4, 4, 7], heads: 2, headSize: 3)
  ),
  (
    "padded and masked",
    Naive.Heads(
      queries: [0, 6, 12, 18], keys: [0, 6, 12, 18], heads: 2, headSize: 4,
      mask: [1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0], masksQueries: true)
  ),
  ("masked keys for class tokens", maskedKeys),
  (
    "published head size", Naive.Heads(queries: [0, 130], keys: [0, 130], heads: 6, headSize: 64)
  ),
]

private let maskedKeys = Naive.Heads(
  queries: [0, 1, 2, 3], keys: [0, 6, 12, 18], heads: 2, headSize: 4,
  mask: [1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1, 0])

extension Naive.Heads {
  var kernel: KernelCase {
    .attention(
      KernelCase.AttentionRows(
        queries: queries, keys: keys, mask: mask?.map { Float($0) }, masksQueries: masksQueries),
      heads: heads, headSize: headSize)
  }
}

extension CheckedKernel {
  static let attention = attentionTwins.map { name, twin in
    // Two products, one exponential (2e-7) and sums over up to 200 keys.
    var checked = CheckedKernel(name, twin.kernel, tolerance: 5e-6) { x, _ in
      Naive.attention(x[0], x[1], x[2], twin)
    }
    let columns = twin.heads * twin.headSize
    // What attention gives for a padded query is read by nothing, so no gradient comes back.
    if twin.masksQueries, let mask = twin.mask { checked.isRead = { mask[$0 / columns] != 0 } }
    checked.entryLimit = twin.kernel.resultCount > 10_000 ? 4 : 16
    return checked
  }
}

@Suite struct AttentionTests {
  @Test("scores far beyond the range of the exponential stay exact")
  func largeScores() {
    let twin = Naive.Heads(queries: [0, 3, 4, 21], keys: [0, 3, 4, 21], heads: 3, headSize: 5)
    let run = KernelRun(
      twin.kernel,
      replaced: [
        "queries": randomValues("queries", 21 * 15, deviation: 30),
        "keys": randomValues("keys", 21 * 15, deviation: 30),
      ])
    let x = run.inputValues
    // Scores of some thousand: their own rounding, 6e-8 · 2000, moves the probabilities.
    #expect(deviation(run.result.values, Naive.attention(x[0], x[1], x[2], twin)) <= 1e-4)
  }

  @Test("masked keys have no influence and no gradient")
  func masking() throws {
    let run = KernelRun(maskedKeys.kernel)
    let gradients = run.backward(
      randomValues("w", run.kernel.resultCount), accumulates: false)
    let columns = maskedKeys.heads * maskedKeys.headSize
    for (row, valid) in try #require(maskedKeys.mask).enumerated() where valid == 0 {
      for i in row * columns..<(row + 1) * columns {
        // The smallest exponential is 1e-38, not 0.
        #expect(abs(gradients[1].buffer.values[i]) < 1e-30)
        #expect(abs(gradients[2].buffer.values[i]) < 1e-30)
      }
    }
  }
}
