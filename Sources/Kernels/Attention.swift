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

  /// Query rows per block. Every product of a block packs all keys or values anew, so blocks are as tall
  /// as a 512 KiB block of scores allows, backward's two of which stay in the second-level cache; never
  /// lower than 64 rows. It depends on the image alone, hence the bits do not depend on its batch.
  static func blockRows(keyCount: Int) -> Int { max(64, (1 << 17) / max(keyCount, 1) & ~15) }
  var columns: Int { heads * headSize }
  var queryRows: Int { queries[imageCount] }
  /// Q Kᵀ is multiplied by this.
  var factor: Float { 1 / Float(headSize).squareRoot() }
  /// Query rows of the tallest block.
  private func rows(ofBlocksIn image: Int) -> Int {
    min(queries[image + 1] - queries[image], Self.blockRows(keyCount: keyCount(of: image)))
  }
  private func keyCount(of image: Int) -> Int { keys[image + 1] - keys[image] }
  /// Floats of one block of scores; the same block rounded to bfloat16 needs half as many.
  var blockCount: Int {
    (0..<imageCount).reduce(0) { max($0, rows(ofBlocksIn: $1) * wholeVectors(keyCount(of: $1))) }
  }
  /// Floats of scratch for `attentionForward`.
  public var forwardScratchCount: Int {
    2 * blockCount + (0..<imageCount).reduce(0) { max($0, rows(ofBlocksIn: $1)) }
  }
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
  /// Floats from one row of scores to the next: whole vectors. What lies beyond `keyCount` belongs to no
  /// product; the passes over a row run over it because its end would cost more than its middle.
  let stride: Int
  let head: Int
  /// The first to touch the gradients of these keys and values.
  let isFirst: Bool
}

private func forEachBlock(_ shape: AttentionShape, _ body: (Block) -> Void) {
  for image in 0..<shape.imageCount {
    let queries = shape.queries[image]..<shape.queries[image + 1]
    let keys = shape.keys[image]..<shape.keys[image + 1]
    for head in 0..<shape.heads {
      let step = AttentionShape.blockRows(keyCount: keys.count)
      for first in stride(from: queries.lowerBound, to: queries.upperBound, by: step) {
        body(
          Block(
            query: first, rows: min(step, queries.upperBound - first), key: keys.lowerBound,
            keyCount: keys.count, stride: wholeVectors(keys.count), head: head,
            isFirst: first == queries.lowerBound))
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
      let (largest, total) = exponentiate(scratch + row &* block.stride, count: n)
      logSumExp[block.head &* shape.queryRows &+ block.query &+ row] = largest + logf(total)
      totals[row] = total
    }
    if isHalf { round(scratch, into: rounded, count: block.rows &* block.stride) }
    multiply(
      isHalf
        ? MatrixOperand(rounded, stride: block.stride)
        : MatrixOperand(scratch, stride: block.stride),
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
      upstream, operands.values.advanced(by: k).transposed, into: slopes, stride: block.stride,
      rows: block.rows, columns: n, inner: headSize)
    for row in 0..<block.rows {
      let lse = logSumExp[block.head &* shape.queryRows &+ block.query &+ row]
      var dot = Vector.zero
      sweep(headSize) { i, lanes in
        let at = o + row &* columns + i
        dot.addProduct(load(outputGradient + at, lanes), load(output + at, lanes))
      }
      let delta = horizontalSum(dot)
      let first = row &* block.stride
      sweep(block.stride) { i, lanes in
        let p = exponential(load(scores + first + i, lanes) - lse)
        let slope = p * (load(slopes + first + i, lanes) - delta)
        store(p, to: scores + first + i, lanes)
        store(slope, to: slopes + first + i, lanes)
      }
    }
    if isHalf {
      round(scores, into: roundedScores, count: block.rows &* block.stride)
      round(slopes, into: roundedSlopes, count: block.rows &* block.stride)
    }
    func operand(_ half: UnsafeMutablePointer<BFloat16>, _ full: MutableValues) -> MatrixOperand {
      isHalf ? MatrixOperand(half, stride: block.stride) : MatrixOperand(full, stride: block.stride)
    }
    let (p, dS) = (operand(roundedScores, scores), operand(roundedSlopes, slopes))
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
    q, k.transposed, into: scores, stride: block.stride, rows: block.rows,
    columns: block.keyCount, inner: shape.headSize, scale: shape.factor)
  guard let mask = shape.keyMask else { return }
  for row in 0..<block.rows {
    let queryValid = !shape.masksQueries || mask[block.query + row] != 0
    for key in 0..<block.keyCount where !(queryValid && mask[block.key + key] != 0) {
      scores[row &* block.stride &+ key] += maskedScore
    }
  }
}

/// Replaces each score by e^(score − max); returns the maximum and the sum. The row ends with a whole
/// vector, whose lanes beyond `count` are set to −∞: they become 10⁻³⁸, nothing beside the largest
/// term, 1.
func exponentiate(_ scores: MutableValues, count: Int) -> (largest: Float, total: Float) {
  let rest = count & (vectorWidth - 1)
  if rest > 0 {
    let last = scores + (count &- rest)
    let lane = SIMD16<Int32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    let beyond = lane .>= SIMD16<Int32>(repeating: Int32(truncatingIfNeeded: rest))
    store(load(last).replacing(with: -.infinity, where: beyond), to: last)
  }
  var best = Vector(repeating: -.infinity)
  sweep(wholeVectors(count)) { i, _ in best = maximum(best, load(scores + i)) }
  let largest = horizontalMaximum(best)
  var total = Vector.zero
  sweep(wholeVectors(count)) { i, _ in
    let e = exponential(load(scores + i) - largest)
    store(e, to: scores + i)
    total += e
  }
  return (largest, horizontalSum(total))
}
