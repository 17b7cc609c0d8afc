// A run of consecutive elements of an N-dimensional dataset as a union of boxes. Pure arithmetic.

/// A box of a dataset: `counts[d]` indices from `starts[d]` on in every dimension d.
public struct Hyperslab: Equatable, Sendable {
  public let starts: [Int]
  public let counts: [Int]

  public init(starts: [Int], counts: [Int]) {
    self.starts = starts
    self.counts = counts
  }

  /// Number of elements.
  public var count: Int { counts.reduce(1, *) }

  /// The boxes whose elements, one box after the other, are the elements `range` of the row-major
  /// order of `shape`: a partial head row, all full rows, a partial tail row, the partial ones cut the
  /// same way in the dimensions that follow.
  ///
  /// At most 2·N − 1 boxes for N dimensions; none for an empty range. A scalar (`shape` is `[]`) is one
  /// box without dimensions.
  /// - Precondition: `range` lies within `0 ..< shape.product`.
  public static func boxes(of range: Range<Int>, in shape: [Int]) -> [Hyperslab] {
    let total = shape.reduce(1, *)
    precondition(
      range.lowerBound >= 0 && range.upperBound <= total,
      "range \(range) outside of \(total) elements of shape \(shape)")
    guard !range.isEmpty else { return [] }
    return boxes(of: range, in: shape[...], prefix: [])
  }

  private static func boxes(
    of range: Range<Int>, in shape: ArraySlice<Int>, prefix: [Int]
  ) -> [Hyperslab] {
    // All dimensions before `shape` are fixed to the indices in `prefix`.
    func box(_ first: Int, _ rows: Int) -> Hyperslab {
      Hyperslab(
        starts: prefix + [first] + shape.dropFirst().map { _ in 0 },
        counts: prefix.map { _ in 1 } + [rows] + shape.dropFirst())
    }
    guard !shape.isEmpty else { return [Hyperslab(starts: prefix, counts: prefix.map { _ in 1 })] }
    let inner = shape.dropFirst()
    let width = inner.reduce(1, *)
    let (firstRow, firstOffset) = range.lowerBound.quotientAndRemainder(dividingBy: width)
    let (endRow, endOffset) = range.upperBound.quotientAndRemainder(dividingBy: width)
    if firstRow == endRow {
      return boxes(of: firstOffset..<endOffset, in: inner, prefix: prefix + [firstRow])
    }
    var result: [Hyperslab] = []
    var fullFrom = firstRow
    if firstOffset > 0 {
      result += boxes(of: firstOffset..<width, in: inner, prefix: prefix + [firstRow])
      fullFrom += 1
    }
    if fullFrom < endRow { result.append(box(fullFrom, endRow - fullFrom)) }
    if endOffset > 0 {
      result += boxes(of: 0..<endOffset, in: inner, prefix: prefix + [endRow])
    }
    return result
  }
}
