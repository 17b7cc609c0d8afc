// A row vector times an attention matrix that is never stored: what attention rollout is made of.
//   y = r Ā,  Ā = mean over heads of softmax(Q Kᵀ / √K)
// queries: [query rows, heads · headSize]; keys: [key rows, heads · headSize]; r: [query rows];
// y: [key rows]. One image, no padding.

/// The operands of `multiplyByAttention`.
public struct AttentionRowShape {
  public let queryRows: Int
  public let keyRows: Int
  /// Heads in the operands.
  public let heads: Int
  public let headSize: Int
  /// The heads whose matrices are averaged.
  public let averaged: Range<Int>

  /// - Precondition: `averaged` is not empty and lies in 0 ..< heads.
  public init(queryRows: Int, keyRows: Int, heads: Int, headSize: Int, averaged: Range<Int>) {
    precondition(
      !averaged.isEmpty && averaged.lowerBound >= 0 && averaged.upperBound <= heads,
      "heads \(averaged) of \(heads)")
    (self.queryRows, self.keyRows) = (queryRows, keyRows)
    (self.heads, self.headSize) = (heads, headSize)
    self.averaged = averaged
  }

  /// Query rows per block: at 11,800 tokens a block is 3 MB.
  fileprivate static let blockRows = 64

  /// Floats of scratch: the scores of a block of queries, its weights and its contribution.
  public var scratchCount: Int { Self.blockRows * (wholeVectors(keyRows) + 1) + keyRows }
}

/// y = r Ā, block by block.
///
/// Rows of Ā sum to 1, hence Σ y = Σ r. Contributions of blocks are added in Double, in order: with
/// 70,000 terms per sum (12 megapixels, 6 heads) float32 would leave three digits.
/// - Parameters: row `[queryRows]`; output `[keyRows]`, overwritten; scratch
///   `[shape.scratchCount]`.
/// - Cost: 2 · headSize FLOPs and one exponential per query, key and head; 64 · keyRows floats of
///   scratch.
public func multiplyByAttention(
  row: UnsafePointer<Double>, output: UnsafeMutablePointer<Double>, queries: Values, keys: Values,
  shape: AttentionRowShape, scratch: MutableValues
) {
  let n = shape.keyRows
  let columns = shape.heads * shape.headSize
  let queryView = MatrixView(queries, rows: shape.queryRows, columns: columns)
  let keyView = MatrixView(keys, rows: n, columns: columns)
  // Rows of scores are whole vectors, as in `attentionForward`.
  let stride = wholeVectors(n)
  let factor = 1 / Float(shape.headSize).squareRoot()
  let weights = scratch + AttentionRowShape.blockRows * stride
  let contribution = weights + AttentionRowShape.blockRows
  output.update(repeating: 0, count: n)
  for head in shape.averaged {
    let features = head * shape.headSize..<(head + 1) * shape.headSize
    let k = keyView.block(rows: 0..<n, columns: features).transposed
    for first in Swift.stride(from: 0, to: shape.queryRows, by: AttentionRowShape.blockRows) {
      let rows = first..<min(first + AttentionRowShape.blockRows, shape.queryRows)
      multiply(
        queryView.block(rows: rows, columns: features), k,
        into: MutableMatrixView(scratch, rows: rows.count, columns: n, stride: stride),
        scale: factor)
      for (i, query) in rows.enumerated() {
        let (_, total) = exponentiate(scratch + i * stride, count: n)
        weights[i] = Float(row[query] / (Double(total) * Double(shape.averaged.count)))
      }
      multiply(
        MatrixView(weights, rows: 1, columns: rows.count),
        MatrixView(scratch, rows: rows.count, columns: n, stride: stride),
        into: MutableMatrixView(contribution, rows: 1, columns: n))
      for j in 0..<n { output[j] += Double(contribution[j]) }
    }
  }
}
