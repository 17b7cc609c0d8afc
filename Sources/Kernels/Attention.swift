// Multi-head attention over packed sequences (patent eq. 9-14).
//   P = softmax(Q Kᵀ / √K + M),  O = P V  per image and head
// queries, output: [query rows, heads · headSize]; keys, values: [key rows, heads · headSize];
// logSumExp: [heads, query rows], kept for backward. Images are ranges of rows; in packed batches M is
// zero and absent, in padded ones `mask` holds 1 for valid rows and 0 for padding.
//
// The scores of a block of queries against all keys of the image exist at a time (at 11,800 tokens
// 3 MB), never the whole N × N; backward computes them again from the log-sum-exp.

#if canImport(Glibc)
  import Glibc
#endif

/// Added to the score of a masked pair, as in the official code.
private let maskedScore: Float = -1e10

/// Which rows attend to which: image `i` has query rows `queries[i] ..< queries[i + 1]` and key rows
/// `keys[i] ..< keys[i + 1]`.
public struct AttentionShape {
  public let queries: UnsafePointer<Int>
  public let keys: UnsafePointer<Int>
  public let imageCount: Int
  public let heads: Int
  public let headSize: Int
  /// `[key rows]`, 1 valid and 0 padding; nil: all valid.
  public let keyMask: Values?
  /// Whether the query rows are the key rows, so that the mask applies to them too.
  public let masksQueries: Bool

  public init(
    queries: UnsafePointer<Int>, keys: UnsafePointer<Int>, imageCount: Int, heads: Int,
    headSize: Int, keyMask: Values?, masksQueries: Bool
  ) {
    (self.queries, self.keys, self.imageCount) = (queries, keys, imageCount)
    (self.heads, self.headSize) = (heads, headSize)
    (self.keyMask, self.masksQueries) = (keyMask, masksQueries)
  }

  /// Query rows per block: the block of scores of a 700-token image stays in the L2 cache.
  static let blockRows = 64
  var columns: Int { heads * headSize }
  var queryRows: Int { queries[imageCount] }
  /// Q Kᵀ is multiplied by this.
  var factor: Float { 1 / Float(headSize).squareRoot() }
  var longestKeys: Int { (0..<imageCount).reduce(0) { max($0, keys[$1 + 1] - keys[$1]) } }
  /// Floats of one block of scores; the same block rounded to bfloat16 needs half as many.
  var blockCount: Int { Self.blockRows * longestKeys }
  /// Floats of scratch for `attentionForward`.
  public var forwardScratchCount: Int { 2 * blockCount + Self.blockRows }
  /// Floats of scratch for `attentionBackward`.
  public var backwardScratchCount: Int { 3 * blockCount }
}

/// The matrices that attention multiplies, all `[rows, heads · headSize]` and of one precision.
public struct AttentionOperands {
  public let queries: MatrixOperand
  public let keys: MatrixOperand
  public let values: MatrixOperand
  public init(queries: MatrixOperand, keys: MatrixOperand, values: MatrixOperand) {
    (self.queries, self.keys, self.values) = (queries, keys, values)
  }
}

/// One block of query rows of one image and head, as offsets into the operands.
private struct Block {
  let query: Int
  let rows: Int
  let key: Int
  let keyCount: Int
  let head: Int
  /// The first to touch the gradients of these keys and values.
  let isFirst: Bool
}

private func forEachBlock(_ shape: AttentionShape, _ body: (Block) -> Void) {
  for image in 0..<shape.imageCount {
    let queries = shape.queries[image]..<shape.queries[image + 1]
    let keys = shape.keys[image]..<shape.keys[image + 1]
    for head in 0..<shape.heads {
      let step = AttentionShape.blockRows
      for first in stride(from: queries.lowerBound, to: queries.upperBound, by: step) {
        body(
          Block(
            query: first, rows: min(step, queries.upperBound - first), key: keys.lowerBound,
            keyCount: keys.count, head: head, isFirst: first == queries.lowerBound))
      }
    }
  }
}

/// Cost: 4 · headSize FLOPs and one exponential per query-key pair and head.
public func attentionForward(
  output: MutableValues, logSumExp: MutableValues, operands: AttentionOperands,
  shape: AttentionShape, scratch: MutableValues
) {
  let columns = shape.columns
  let isHalf = operands.queries.isHalf
  let totals = scratch + 2 * shape.blockCount
  forEachBlock(shape) { block in
    let (q, k, o) = offsets(block, shape)
    let n = block.keyCount
    computeScores(
      operands.queries.advanced(by: q), operands.keys.advanced(by: k), into: scratch, block, shape)
    let rounded = halfBlock(scratch + shape.blockCount)
    for row in 0..<block.rows {
      let scores = scratch + row &* n
      let (largest, total) = exponentiate(scores, count: n)
      logSumExp[block.head &* shape.queryRows &+ block.query &+ row] = largest + logf(total)
      totals[row] = total
      if isHalf { round(scores, into: rounded + row &* n, count: n) }
    }
    multiply(
      isHalf ? MatrixOperand(rounded, stride: n) : MatrixOperand(scratch, stride: n),
      operands.values.advanced(by: k), into: output + o, stride: columns, rows: block.rows,
      columns: shape.headSize, inner: n)
    // Dividing the headSize outputs of a row is cheaper than dividing its probabilities.
    for row in 0..<block.rows {
      scale(output + o + row &* columns, by: 1 / totals[row], count: shape.headSize)
    }
  }
}

/// Where `attentionBackward` writes, and whether it adds to what is there.
public struct AttentionGradients {
  let queries: MutableValues
  let keys: MutableValues
  let values: MutableValues
  let accumulate: (queries: Bool, keys: Bool, values: Bool)
  public init(
    queries: MutableValues, keys: MutableValues, values: MutableValues,
    accumulate: (queries: Bool, keys: Bool, values: Bool)
  ) {
    (self.queries, self.keys, self.values) = (queries, keys, values)
    self.accumulate = accumulate
  }
}

/// With P recomputed, dP = dO Vᵀ and δ = Σ dO·O per row:
/// dV = Pᵀ dO; dS = P (dP − δ); dQ = dS K / √K; dK = dSᵀ Q / √K.
/// - Parameters:
///   - outputGradient: dO in float32, for δ.
///   - outputGradientOperand: dO in the precision of the products.
public func attentionBackward(
  _ gradients: AttentionGradients, outputGradient: Values, outputGradientOperand: MatrixOperand,
  output: Values, logSumExp: Values, operands: AttentionOperands, shape: AttentionShape,
  scratch: MutableValues
) {
  let columns = shape.columns
  let headSize = shape.headSize
  let isHalf = operands.queries.isHalf
  let (scores, slopes) = (scratch, scratch + shape.blockCount)
  let roundedScores = halfBlock(scratch + 2 * shape.blockCount)
  let roundedSlopes = roundedScores + shape.blockCount
  forEachBlock(shape) { block in
    let (q, k, o) = offsets(block, shape)
    let n = block.keyCount
    computeScores(
      operands.queries.advanced(by: q), operands.keys.advanced(by: k), into: scores, block, shape)
    let upstream = outputGradientOperand.advanced(by: o)
    multiply(
      upstream, operands.values.advanced(by: k).transposed, into: slopes, stride: n,
      rows: block.rows, columns: n, inner: headSize)
    for row in 0..<block.rows {
      let lse = logSumExp[block.head &* shape.queryRows &+ block.query &+ row]
      var dot = Vector.zero
      sweep(headSize) { i, lanes in
        let at = o + row &* columns + i
        dot.addProduct(load(outputGradient + at, lanes), load(output + at, lanes))
      }
      let delta = horizontalSum(dot)
      let first = row &* n
      sweep(n) { i, lanes in
        let p = exponential(load(scores + first + i, lanes) - lse)
        let slope = p * (load(slopes + first + i, lanes) - delta)
        store(p, to: scores + first + i, lanes)
        store(slope, to: slopes + first + i, lanes)
      }
      if isHalf {
        round(scores + first, into: roundedScores + first, count: n)
        round(slopes + first, into: roundedSlopes + first, count: n)
      }
    }
    let p = isHalf ? MatrixOperand(roundedScores, stride: n) : MatrixOperand(scores, stride: n)
    let dS = isHalf ? MatrixOperand(roundedSlopes, stride: n) : MatrixOperand(slopes, stride: n)
    multiply(
      p.transposed, upstream, into: gradients.values + k, stride: columns, rows: n,
      columns: headSize, inner: block.rows,
      accumulate: gradients.accumulate.values || !block.isFirst)
    multiply(
      dS, operands.keys.advanced(by: k), into: gradients.queries + q, stride: columns,
      rows: block.rows, columns: headSize, inner: n, scale: shape.factor,
      accumulate: gradients.accumulate.queries)
    multiply(
      dS.transposed, operands.queries.advanced(by: q), into: gradients.keys + k, stride: columns,
      rows: n, columns: headSize, inner: block.rows, scale: shape.factor,
      accumulate: gradients.accumulate.keys || !block.isFirst)
  }
}

/// Scratch floats seen as twice as many bfloat16 numbers.
private func halfBlock(_ scratch: MutableValues) -> UnsafeMutablePointer<BFloat16> {
  UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: BFloat16.self)
}

/// Offsets of the block's query rows, key rows and output rows.
private func offsets(_ block: Block, _ shape: AttentionShape) -> (Int, Int, Int) {
  let head = block.head &* shape.headSize
  let query = block.query &* shape.columns &+ head
  return (query, block.key &* shape.columns &+ head, query)
}

/// scores = Q Kᵀ / √K, plus the mask.
private func computeScores(
  _ q: MatrixOperand, _ k: MatrixOperand, into scores: MutableValues, _ block: Block,
  _ shape: AttentionShape
) {
  multiply(
    q, k.transposed, into: scores, stride: block.keyCount, rows: block.rows,
    columns: block.keyCount, inner: shape.headSize, scale: shape.factor)
  guard let mask = shape.keyMask else { return }
  for row in 0..<block.rows {
    let queryValid = !shape.masksQueries || mask[block.query + row] != 0
    for key in 0..<block.keyCount where !(queryValid && mask[block.key + key] != 0) {
      scores[row &* block.keyCount &+ key] += maskedScore
    }
  }
}

/// Replaces each score by e^(score − max); returns the maximum and the sum.
func exponentiate(_ scores: MutableValues, count: Int) -> (largest: Float, total: Float) {
  var best = Vector(repeating: -.infinity)
  sweep(count) { i, lanes in
    if lanes == vectorWidth {
      best = maximum(best, load(scores + i))
    } else {
      for lane in 0..<lanes { best[lane] = max(best[lane], scores[i + lane]) }
    }
  }
  let largest = horizontalMaximum(best)
  var total = Vector.zero
  sweep(count) { i, lanes in
    let e = exponential(load(scores + i, lanes) - largest)
    store(e, to: scores + i, lanes)
    // Lanes beyond the end hold e^(−max), not 0.
    if lanes == vectorWidth {
      total += e
    } else {
      for lane in 0..<lanes { total[lane] += e[lane] }
    }
  }
  return (largest, horizontalSum(total))
}
