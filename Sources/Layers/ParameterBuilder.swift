// Collects the parameters that layers declare, in the order in which the forward pass uses them.

import Autodiff
import Tensors

/// Hands out places in the flat store while a model is put together.
///
/// The order of declaration is the order of the flat store, of the checkpoint and, reversed, of the
/// moments at which gradients become final during backward.
public struct ParameterBuilder {
  private var specifications: [ParameterSpecification] = []
  private var offset = 0
  /// Floats of the prepared store so far.
  public private(set) var preparedCount = 0

  public init() {}

  /// The offset that the next declared parameter will get.
  public var nextOffset: Int { offset }

  /// Declares a parameter of the given official name and shape, used as a `rows × columns` matrix.
  public mutating func declare(
    _ name: String, shape: [Int], rows: Int, columns: Int, _ initializer: Initializer,
    isTrained: Bool = true
  ) -> ParameterReference {
    precondition(
      shape.reduce(1, *) == rows * columns, "\(name): \(shape) is not \(rows) × \(columns)")
    specifications.append(
      ParameterSpecification(name, shape, initializer, isTrained: isTrained))
    defer { offset = ParameterLayout.nextOffset(after: offset, count: rows * columns) }
    return ParameterReference(offset: offset, rows: rows, columns: columns)
  }

  /// Declares a vector.
  public mutating func declare(
    _ name: String, shape: [Int], _ initializer: Initializer, isTrained: Bool = true
  ) -> ParameterReference {
    declare(
      name, shape: shape, rows: 1, columns: shape.reduce(1, *), initializer, isTrained: isTrained)
  }

  /// Reserves room in the prepared store for a value derived from a parameter once per step.
  public mutating func reservePrepared(_ count: Int) -> Int {
    defer { preparedCount = ParameterLayout.nextOffset(after: preparedCount, count: count) }
    return preparedCount
  }

  public func layout() -> ParameterLayout { ParameterLayout(specifications) }
}
