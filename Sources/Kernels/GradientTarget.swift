// What all backward kernels write to.

/// Where a backward kernel puts a gradient.
public struct GradientTarget {
  public let pointer: MutableValues
  /// Whether the gradient is added to what is there. If not, it is written completely: the memory
  /// holds garbage.
  public let accumulates: Bool

  public init(_ pointer: MutableValues, accumulates: Bool) {
    (self.pointer, self.accumulates) = (pointer, accumulates)
  }

  /// The same from float `count` on.
  public func advanced(by count: Int) -> GradientTarget {
    GradientTarget(pointer + count, accumulates: accumulates)
  }
}
