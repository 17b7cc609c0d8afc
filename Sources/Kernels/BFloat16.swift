// The upper half of a float: 8 bits of exponent, 7 of mantissa.

/// A bfloat16 number, as operand of matrix products only. Everything else is computed in float32.
public struct BFloat16: BitwiseCopyable, Equatable, Sendable {
  public let bits: UInt16

  /// The nearest bfloat16, ties to even.
  public init(_ value: Float) {
    let bits = value.bitPattern
    self.bits =
      value.isNaN
      ? UInt16(truncatingIfNeeded: bits >> 16) | 0x40
      : UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }

  /// The exact float.
  public var float: Float { Float(bitPattern: UInt32(bits) << 16) }
}

/// y = bfloat16(x). Plain integer arithmetic without a reduction, which the compiler vectorizes by
/// itself. NaNs stay NaN unless all mantissa bits are set, which arithmetic does not produce.
/// Cost: 6 bytes per element.
public func round(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<BFloat16>, count: Int
) {
  for i in 0..<count {
    let bits = x[i].bitPattern
    y[i] = BFloat16(
      bits: UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits &>> 16 & 1)) &>> 16))
  }
}

/// y = x, exactly. Cost: 6 bytes per element.
public func expand(
  _ x: UnsafePointer<BFloat16>, into y: UnsafeMutablePointer<Float>, count: Int
) {
  for i in 0..<count { y[i] = x[i].float }
}

extension BFloat16 {
  @inline(__always)
  fileprivate init(bits: UInt16) { self.bits = bits }
}
