// Multi-head attention over packed sequences (patent eq. 9-14).
//   P = softmax(Q Kᵀ / √K + M),  O = P V  per image and head
// queries, output: [query rows, heads · headSize]; keys, values: [key rows, heads · headSize];
// logSumExp: [heads, query rows], kept for backward. Images are ranges of rows; in packed batches M
// is zero and absent, in padded ones `mask` holds 1 for valid rows and 0 for padding.
//
// The scores of a block of queries against all keys of the image exist at a time (at 11,800 tokens
// 3 MB), never the whole N × N; backward computes them again from the log-sum-exp.

#if canImport(Glibc)
  import Glibc
#endif

/// Added to the score of a masked pair, as in the official code.
private let maskedScore: Float = -1e10

/// Which rows attend to which: image `i` has query rows `queries[i] ..< queries[i + 1]` and key
/// rows `keys[i] ..< keys[i + 1]`.
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

  /// Query rows per block. Every product of a block packs all keys or values again, so blocks are
  /// as tall as a 512 KiB block of scores allows, backward's two of which stay in the second-level
  /// cache; never lower than 64 rows. It depends on the image alone, so the bits do not depend
  /// on its batch.
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
  public let queries: MatrixView
  public let keys: MatrixView
  public let values: MatrixView
  public init(queries: MatrixView, keys: MatrixView, values: MatrixView) {
    (self.queries, self.keys, self.values) = (queries, keys, values)
  }
}

/// One block of query rows of one image and head, as rows and columns of the operands.
private struct Block {
  let queries: Range<Int>
  let keys: Range<Int>
  /// The head's columns.
  let columns: Range<Int>
  /// Of the first query, in a `[heads, query rows]` array.
  let statistics: Int
  /// Floats from one row of scores to the next: whole vectors. What lies beyond the keys belongs to
  /// no product; the passes over a row run over it because its end would cost more than its middle.
  let stride: Int
  /// The first to touch the gradients of these keys and values.
  let isFirst: Bool

  /// Floats of the block's scores.
  var count: Int { queries.count &* stride }

  func scores(_ pointer: MutableValues) -> MutableMatrixView {
    MutableMatrixView(pointer, rows: queries.count, columns: keys.count, stride: stride)
  }

  /// The scores as operand; in bfloat16 rounded to `rounded` first.
  func operand(
    _ scores: MutableValues, rounded: UnsafeMutablePointer<BFloat16>, isBFloat16: Bool
  ) -> MatrixView {
    guard isBFloat16 else {
      return MatrixView(scores, rows: queries.count, columns: keys.count, stride: stride)
    }
    round(scores, into: rounded, count: count)
    return MatrixView(rounded, rows: queries.count, columns: keys.count, stride: stride)
  }
}

private func forEachBlock(_ shape: AttentionShape, _ body: (Block) -> Void) {
  for image in 0..<shape.imageCount {
    let queries = shape.queries[image]..<shape.queries[image + 1]
    let keys = shape.keys[image]..<shape.keys[image + 1]
    for head in 0..<shape.heads {
      let step = AttentionShape.blockRows(keyCount: keys.count)
      let column = head &* shape.headSize
      for first in stride(from: queries.lowerBound, to: queries.upperBound, by: step) {
        body(
          Block(
            queries: first..<min(first &+ step, queries.upperBound), keys: keys,
            columns: column..<column &+ shape.headSize,
            statistics: head &* shape.queryRows &+ first, stride: wholeVectors(keys.count),
            isFirst: first == queries.lowerBound))
      }
    }
  }
}

/// O and the log-sum-exp of every query and head.
/// - Parameters: output `[query rows, heads · headSize]`; logSumExp `[heads, query rows]`; scratch
///   `[shape.forwardScratchCount]`.
/// - Cost: 4 · headSize FLOPs and one exponential per query-key pair and head.
public func attentionForward(
  output: MutableValues, logSumExp: MutableValues, operands: AttentionOperands,
  shape: AttentionShape, scratch: MutableValues
) {
  let columns = shape.columns
  let isBFloat16 = operands.queries.isBFloat16
  let target = MutableMatrixView(output, rows: shape.queryRows, columns: columns)
  let totals = scratch + 2 * shape.blockCount
  forEachBlock(shape) { block in
    computeScores(operands, into: scratch, block, shape)
    let rounded = bfloat16Block(scratch + shape.blockCount)
    for row in 0..<block.queries.count {
      let (largest, total) = exponentiate(scratch + row &* block.stride, count: block.keys.count)
      logSumExp[block.statistics &+ row] = largest + logf(total)
      totals[row] = total
    }
    multiply(
      block.operand(scratch, rounded: rounded, isBFloat16: isBFloat16),
      operands.values.block(rows: block.keys, columns: block.columns),
      into: target.block(rows: block.queries, columns: block.columns))
    // Dividing the headSize outputs of a row is cheaper than dividing its probabilities.
    let first = output + (block.queries.lowerBound &* columns &+ block.columns.lowerBound)
    for row in 0..<block.queries.count {
      scale(first + row &* columns, by: 1 / totals[row], count: shape.headSize)
    }
  }
}

/// Where `attentionBackward` writes, all `[rows, heads · headSize]`.
public struct AttentionGradients {
  let queries: GradientTarget
  let keys: GradientTarget
  let values: GradientTarget
  public init(queries: GradientTarget, keys: GradientTarget, values: GradientTarget) {
    (self.queries, self.keys, self.values) = (queries, keys, values)
  }
}

/// What `attentionForward` computed, and the gradient that has reached it.
public struct AttentionResult {
  /// O, `[query rows, heads · headSize]`.
  let output: Values
  /// `[heads, query rows]`.
  let logSumExp: Values
  /// dO in float32, for δ.
  let gradient: Values
  /// dO in the precision of the products.
  let gradientOperand: MatrixView
  public init(
    output: Values, logSumExp: Values, gradient: Values, gradientOperand: MatrixView
  ) {
    (self.output, self.logSumExp) = (output, logSumExp)
    (self.gradient, self.gradientOperand) = (gradient, gradientOperand)
  }
}

/// With P recomputed, dP = dO Vᵀ and δ = Σ dO·O per row:
/// dV = Pᵀ dO; dS = P (dP − δ); dQ = dS K / √K; dK = dSᵀ Q / √K.
/// - Parameter scratch: `[shape.backwardScratchCount]`.
/// - Cost: 10 · headSize FLOPs and one exponential per query-key pair and head.
public func attentionBackward(
  _ gradients: AttentionGradients, of result: AttentionResult, operands: AttentionOperands,
  shape: AttentionShape, scratch: MutableValues
) {
  let isBFloat16 = operands.queries.isBFloat16
  let keyRows = shape.keys[shape.imageCount]
  let queryGradients = shape.matrix(gradients.queries, rows: shape.queryRows)
  let keyGradients = shape.matrix(gradients.keys, rows: keyRows)
  let valueGradients = shape.matrix(gradients.values, rows: keyRows)
  let (scores, slopes) = (scratch, scratch + shape.blockCount)
  let roundedScores = bfloat16Block(scratch + 2 * shape.blockCount)
  let roundedSlopes = roundedScores + shape.blockCount
  forEachBlock(shape) { block in
    let (queries, keys, columns) = (block.queries, block.keys, block.columns)
    computeScores(operands, into: scores, block, shape)
    let upstream = result.gradientOperand.block(rows: queries, columns: columns)
    multiply(
      upstream, operands.values.block(rows: keys, columns: columns).transposed,
      into: block.scores(slopes))
    computeSlopes(slopes, scores: scores, of: result, block, shape)
    let p = block.operand(scores, rounded: roundedScores, isBFloat16: isBFloat16)
    let dS = block.operand(slopes, rounded: roundedSlopes, isBFloat16: isBFloat16)
    multiply(
      p.transposed, upstream, into: valueGradients.block(rows: keys, columns: columns),
      accumulates: gradients.values.accumulates || !block.isFirst)
    multiply(
      dS, operands.keys.block(rows: keys, columns: columns),
      into: queryGradients.block(rows: queries, columns: columns), scale: shape.factor,
      accumulates: gradients.queries.accumulates)
    multiply(
      dS.transposed, operands.queries.block(rows: queries, columns: columns),
      into: keyGradients.block(rows: keys, columns: columns), scale: shape.factor,
      accumulates: gradients.keys.accumulates || !block.isFirst)
  }
}

extension AttentionShape {
  /// A gradient as target of products.
  fileprivate func matrix(_ gradient: GradientTarget, rows: Int) -> MutableMatrixView {
    MutableMatrixView(gradient.pointer, rows: rows, columns: columns)
  }
}

/// Scratch floats seen as twice as many bfloat16 numbers.
private func bfloat16Block(_ scratch: MutableValues) -> UnsafeMutablePointer<BFloat16> {
  UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: BFloat16.self)
}

/// scores = Q Kᵀ / √K, plus the mask.
private func computeScores(
  _ operands: AttentionOperands, into scores: MutableValues, _ block: Block,
  _ shape: AttentionShape
) {
  multiply(
    operands.queries.block(rows: block.queries, columns: block.columns),
    operands.keys.block(rows: block.keys, columns: block.columns).transposed,
    into: block.scores(scores), scale: shape.factor)
  guard let mask = shape.keyMask else { return }
  for row in 0..<block.queries.count {
    let queryValid = !shape.masksQueries || mask[block.queries.lowerBound + row] != 0
    for key in 0..<block.keys.count
    where !(queryValid && mask[block.keys.lowerBound + key] != 0) {
      scores[row &* block.stride &+ key] += maskedScore
    }
  }
}

/// Turns scores into P and `slopes`, which hold dP, into dS = P (dP − δ).
@inline(__always)
private func computeSlopes(
  _ slopes: MutableValues, scores: MutableValues, of result: AttentionResult, _ block: Block,
  _ shape: AttentionShape
) {
  let columns = shape.columns
  let offset = block.queries.lowerBound &* columns &+ block.columns.lowerBound
  let (output, gradient) = (result.output + offset, result.gradient + offset)
  for row in 0..<block.queries.count {
    let lse = result.logSumExp[block.statistics &+ row]
    var dot = Vector.zero
    sweep(shape.headSize) { i, lanes in
      let at = row &* columns + i
      dot.addProduct(load(gradient + at, lanes), load(output + at, lanes))
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
}

/// Replaces each score by e^(score − max); returns the maximum and the sum. The row ends with a
/// whole vector, whose lanes beyond `count` are set to −∞: they become 10⁻³⁸, nothing beside the
/// largest term, 1.
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
