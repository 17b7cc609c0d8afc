// Matrices in memory, as products and the kernels around them see them. All are row-major.

/// A matrix that products read: floats or bfloat16 numbers, as it lies in memory or transposed.
///
/// A few words, copied freely; the memory belongs to somebody else and outlives the view.
public struct MatrixView {
  enum Elements {
    case float32(UnsafePointer<Float>)
    case bfloat16(UnsafePointer<BFloat16>)

    func advanced(by count: Int) -> Elements {
      switch self {
      case .float32(let pointer): .float32(pointer + count)
      case .bfloat16(let pointer): .bfloat16(pointer + count)
      }
    }

    var bytes: UnsafeRawPointer {
      switch self {
      case .float32(let pointer): UnsafeRawPointer(pointer)
      case .bfloat16(let pointer): UnsafeRawPointer(pointer)
      }
    }
  }

  let elements: Elements
  /// Rows and columns as a product sees them, that is after the transposition.
  public let rows: Int
  public let columns: Int
  /// Elements from one row in memory to the next.
  let stride: Int
  let isTransposed: Bool

  private init(_ elements: Elements, rows: Int, columns: Int, stride: Int, isTransposed: Bool) {
    self.elements = elements
    (self.rows, self.columns) = (rows, columns)
    (self.stride, self.isTransposed) = (stride, isTransposed)
  }

  /// The `rows × columns` matrix at `pointer` whose rows are `stride` floats apart.
  /// - Parameter stride: nil: `columns`, a matrix without gaps.
  public init(_ pointer: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
    self.init(
      .float32(pointer), rows: rows, columns: columns, stride: stride ?? columns,
      isTransposed: false)
  }

  /// The `rows × columns` matrix at `pointer` whose rows are `stride` numbers apart.
  /// - Parameter stride: nil: `columns`, a matrix without gaps.
  public init(_ pointer: UnsafePointer<BFloat16>, rows: Int, columns: Int, stride: Int? = nil) {
    self.init(
      .bfloat16(pointer), rows: rows, columns: columns, stride: stride ?? columns,
      isTransposed: false)
  }

  var isBFloat16: Bool { if case .bfloat16 = elements { true } else { false } }
  var bytesPerElement: Int { isBFloat16 ? 2 : 4 }

  /// The same memory with rows and columns exchanged.
  public var transposed: MatrixView {
    MatrixView(
      elements, rows: columns, columns: rows, stride: stride, isTransposed: !isTransposed)
  }

  /// Some rows.
  /// - Precondition: the view is not transposed; the rows exist.
  public func rows(_ range: Range<Int>) -> MatrixView { block(rows: range, columns: 0..<columns) }

  /// Some rows of some columns.
  /// - Precondition: the view is not transposed; rows and columns exist.
  func block(rows blockRows: Range<Int>, columns blockColumns: Range<Int>) -> MatrixView {
    precondition(
      !isTransposed && blockRows.lowerBound >= 0 && blockRows.upperBound <= rows
        && blockColumns.lowerBound >= 0 && blockColumns.upperBound <= columns,
      "rows \(blockRows), columns \(blockColumns) of a matrix of \(rows) × \(columns)")
    return MatrixView(
      elements.advanced(by: blockRows.lowerBound &* stride &+ blockColumns.lowerBound),
      rows: blockRows.count, columns: blockColumns.count, stride: stride, isTransposed: false)
  }
}

/// A matrix of floats that a product writes.
public struct MutableMatrixView {
  let pointer: MutableValues
  public let rows: Int
  public let columns: Int
  /// Floats from one row to the next.
  let stride: Int

  /// The `rows × columns` matrix at `pointer` whose rows are `stride` floats apart.
  /// - Parameter stride: nil: `columns`, a matrix without gaps.
  public init(_ pointer: MutableValues, rows: Int, columns: Int, stride: Int? = nil) {
    self.pointer = pointer
    (self.rows, self.columns, self.stride) = (rows, columns, stride ?? columns)
  }

  /// Some rows.
  /// - Precondition: the rows exist.
  public func rows(_ range: Range<Int>) -> MutableMatrixView {
    block(rows: range, columns: 0..<columns)
  }

  /// Some rows of some columns.
  /// - Precondition: rows and columns exist.
  func block(rows blockRows: Range<Int>, columns blockColumns: Range<Int>) -> MutableMatrixView {
    precondition(
      blockRows.lowerBound >= 0 && blockRows.upperBound <= rows
        && blockColumns.lowerBound >= 0 && blockColumns.upperBound <= columns,
      "rows \(blockRows), columns \(blockColumns) of a matrix of \(rows) × \(columns)")
    return MutableMatrixView(
      pointer + (blockRows.lowerBound &* stride &+ blockColumns.lowerBound),
      rows: blockRows.count, columns: blockColumns.count, stride: stride)
  }
}
