// What operations take and give.

import Kernels

/// A matrix on the tape: activations of one micro-batch, row-major.
///
/// Everything in the model is a matrix: tokens × features, or positions of patches × channels. A
/// variable is a few words and is copied freely; its memory belongs to the tape's arena.
public struct Variable {
  /// Slot of the gradient, or `Variable.constant`.
  let slot: Int
  /// Rows before this view in the variable that owns the slot.
  let firstRow: Int
  /// False for a row range of another variable.
  let ownsSlot: Bool
  /// True when only the bfloat16 copy exists, the operand of products; `value` must not be read
  /// then.
  var isRounded = false
  public let rows: Int
  public let columns: Int
  public let value: UnsafeMutablePointer<Float>

  /// The slot of inputs, which need no gradient.
  static let constant = -1

  public var count: Int { rows * columns }
  /// The values, row-major.
  public var elements: UnsafeBufferPointer<Float> { .init(start: value, count: count) }

  /// `memory` as target of a product of this variable's shape.
  func matrix(at memory: UnsafeMutablePointer<Float>) -> MutableMatrixView {
    MutableMatrixView(memory, rows: rows, columns: columns)
  }

  /// A view of some rows, sharing value and gradient.
  public func rows(_ range: Range<Int>) -> Variable {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= rows, "rows \(range) of a variable of \(rows)")
    return Variable(
      slot: slot, firstRow: firstRow + range.lowerBound, ownsSlot: false, isRounded: isRounded,
      rows: range.count, columns: columns, value: value + range.lowerBound * columns)
  }
}

/// Where a parameter lies in the flat store: values and gradients are found through the tape.
public struct ParameterReference: Sendable, Equatable {
  public let offset: Int
  public let rows: Int
  public let columns: Int
  public var count: Int { rows * columns }

  /// The parameter at `offset` seen as a matrix.
  public init(offset: Int, rows: Int, columns: Int) {
    (self.offset, self.rows, self.columns) = (offset, rows, columns)
  }
}
