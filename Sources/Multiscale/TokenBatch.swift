// The tokens of some images, between the loader and the model.

import Tensors

#if canImport(Glibc)
  import Glibc
#endif

/// Tokens of a batch of images as a structure of arrays; the rows of an image follow one another.
///
/// Immutable once made, so it may cross threads. Shape letters: T rows over all images, P patch
/// side, C channels.
public final class TokenBatch: Sendable {
  /// Row offsets of the images: image i has rows `offsets[i] ..< offsets[i + 1]`.
  public let offsets: [Int]
  /// `[T, P · P · C]`, values in [−1, 1]; masked rows are zero.
  public let patches: AlignedBuffer<Float>
  /// `[T]`, cell of the spatial hash, in 0 ..< G².
  public let spatialIndices: [Int32]
  /// `[T]`, in 0 ..< scaleCount.
  public let scaleIndices: [Int32]
  /// `[T]`, 1 for valid rows and 0 for padding.
  public let mask: [Float]
  /// P · P · C.
  public let patchValues: Int
  /// Whether there may be masked rows.
  public let isPadded: Bool

  /// - Precondition: the counts agree.
  public init(
    offsets: [Int], patches: AlignedBuffer<Float>, spatialIndices: [Int32], scaleIndices: [Int32],
    mask: [Float], patchValues: Int, isPadded: Bool
  ) {
    let rows = offsets.last ?? 0
    precondition(
      offsets.first == 0 && patches.count == rows * patchValues && spatialIndices.count == rows
        && scaleIndices.count == rows && mask.count == rows,
      "expected \(rows) rows of \(patchValues) values, got \(patches.count) values")
    self.offsets = offsets
    self.patches = patches
    self.spatialIndices = spatialIndices
    self.scaleIndices = scaleIndices
    self.mask = mask
    self.patchValues = patchValues
    self.isPadded = isPadded
  }

  /// One batch of all images of `batches`, in order; rows are copied as they are.
  /// - Precondition: all have the same `patchValues`; there is at least one batch.
  public convenience init(joining batches: [TokenBatch]) {
    precondition(!batches.isEmpty, "expected at least one batch")
    var pieces: [RowPiece] = []
    var offsets = [0]
    for batch in batches {
      for image in 0..<batch.imageCount {
        pieces.append(RowPiece(batch: batch, rows: batch.rows(of: image)))
        offsets.append(offsets[offsets.count - 1] + batch.rows(of: image).count)
      }
    }
    self.init(pieces: pieces, offsets: offsets, isPadded: batches.contains { $0.isPadded })
  }

  /// Copies `pieces` one after another, each to its offset; rows between pieces are masked zeros.
  private convenience init(
    pieces: [RowPiece], starts: [Int]? = nil, offsets: [Int], isPadded: Bool
  ) {
    let rowCount = offsets[offsets.count - 1]
    let values = pieces.first?.batch.patchValues ?? 0
    let patches = AlignedBuffer<Float>(count: rowCount * values)
    var spatialIndices = [Int32](repeating: 0, count: rowCount)
    var scaleIndices = spatialIndices
    var mask = [Float](repeating: 0, count: rowCount)
    var next = 0
    for (index, piece) in pieces.enumerated() {
      precondition(
        piece.batch.patchValues == values,
        "expected patches of \(values) values, got \(piece.batch.patchValues)")
      let start = starts?[index] ?? next
      let target = start..<start + piece.rows.count
      memcpy(
        patches.pointer + start * values,
        piece.batch.patches.pointer + piece.rows.lowerBound * values,
        piece.rows.count * values * MemoryLayout<Float>.stride)
      spatialIndices.replaceSubrange(target, with: piece.batch.spatialIndices[piece.rows])
      scaleIndices.replaceSubrange(target, with: piece.batch.scaleIndices[piece.rows])
      mask.replaceSubrange(target, with: piece.batch.mask[piece.rows])
      next = target.upperBound
    }
    self.init(
      offsets: offsets, patches: patches, spatialIndices: spatialIndices,
      scaleIndices: scaleIndices, mask: mask, patchValues: values, isPadded: isPadded)
  }

  public var imageCount: Int { offsets.count - 1 }
  /// Rows over all images, padding included.
  public var rowCount: Int { offsets[offsets.count - 1] }
  /// Rows that are not padding.
  public var validRowCount: Int { isPadded ? mask.reduce(0) { $0 + ($1 == 0 ? 0 : 1) } : rowCount }
  /// Bytes held, for bounding queues by memory.
  public var byteCount: Int { rowCount * (patchValues + 3) * MemoryLayout<Float>.stride }

  /// The rows of image `image`.
  public func rows(of image: Int) -> Range<Int> { offsets[image]..<offsets[image + 1] }

  /// The same images without their masked rows; the receiver itself if it has no padding.
  ///
  /// Masked rows are read by nothing and have no gradient, so the model gives the same outputs.
  public func packed() -> TokenBatch {
    guard isPadded else { return self }
    var pieces: [RowPiece] = []
    var offsets = [0]
    for image in 0..<imageCount {
      var kept = 0
      var row = rows(of: image).lowerBound
      let end = rows(of: image).upperBound
      while row < end {
        let start = row
        while row < end && mask[row] != 0 { row += 1 }
        if row > start {
          pieces.append(RowPiece(batch: self, rows: start..<row))
          kept += row - start
        }
        while row < end && mask[row] == 0 { row += 1 }
      }
      offsets.append(offsets[image] + kept)
    }
    return TokenBatch(pieces: pieces, offsets: offsets, isPadded: false)
  }

  /// The same images, each with as many rows as the longest, filled up with masked rows: the
  /// rectangular batch of the paper.
  public func paddedToLongest() -> TokenBatch {
    let longest = (0..<imageCount).map { rows(of: $0).count }.max() ?? 0
    let starts = (0..<imageCount).map { $0 * longest }
    return TokenBatch(
      pieces: (0..<imageCount).map { RowPiece(batch: self, rows: rows(of: $0)) }, starts: starts,
      offsets: starts + [imageCount * longest], isPadded: true)
  }
}

/// Consecutive rows of a batch.
private struct RowPiece {
  let batch: TokenBatch
  let rows: Range<Int>
}
