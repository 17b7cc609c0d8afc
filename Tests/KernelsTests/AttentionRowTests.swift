import Kernels
import TestSupport
import Testing

@Suite struct AttentionRowTests {
  /// Queries, keys, heads, head size, averaged heads: one row, less than a block of 64 queries,
  /// exactly one, several, the class token alone, the published head size.
  static let cases: [(Int, Int, Int, Int, Range<Int>)] = [
    (1, 1, 1, 1, 0..<1), (5, 5, 3, 5, 0..<3), (64, 64, 2, 8, 1..<2), (195, 195, 2, 17, 0..<2),
    (1, 131, 6, 64, 0..<6), (130, 130, 6, 64, 2..<3),
  ]

  @Test("a row times the mean of the heads' matrices equals the twin's", arguments: cases)
  func product(queryRows: Int, keyRows: Int, heads: Int, headSize: Int, averaged: Range<Int>) {
    let columns = heads * headSize
    let (q, k) = (
      GuardedBuffer(randomValues("q", queryRows * columns)),
      GuardedBuffer(randomValues("k", keyRows * columns))
    )
    let row = randomValues("r", queryRows).map { abs(Double($0)) }
    let shape = AttentionRowShape(
      queryRows: queryRows, keyRows: keyRows, heads: heads, headSize: headSize, averaged: averaged)
    let scratch = GuardedBuffer(unwritten: shape.scratchCount)
    var output = [Double](repeating: .nan, count: keyRows)
    multiplyByAttention(
      row: row, output: &output, queries: q.pointer, keys: k.pointer, shape: shape,
      scratch: scratch.pointer)
    #expect(scratch.isIntact)
    let matrix = Naive.attentionMatrix(
      queries: q.values.doubles, keys: k.values.doubles, heads: averaged, headCount: heads,
      columns: columns)
    let expected = (0..<keyRows).map { j in
      row.indices.reduce(0) { $0 + row[$1] * matrix[$1][j] }
    }
    // As for attention: two products and one exponential in float32.
    #expect(deviation(output.map { Float($0) }, expected) <= 5e-6)
    #expect(abs(output.reduce(0, +) / row.reduce(0, +) - 1) <= 1e-6)
  }
}
