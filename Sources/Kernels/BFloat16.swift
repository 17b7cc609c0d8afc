// The upper half of a float: 8 bits of exponent, 7 of mantissa.

/// A bfloat16 number, as operand of matrix products only. Everything else is computed in float32.
public struct BFloat16: BitwiseCopyable, Equatable, Sendable {
  public let bits: UInt16

  /// The nearest bfloat16, ties to even.
  public init(_ value: Float) {
    let bits = value.bitPattern
    self.bits = value.isNaN
      ? UInt16(truncatingIfNeeded: bits >> 16) | 0x40
      : UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }

  /// The exact float.
  public var float: Float { Float(bitPattern: UInt32(bits) << 16) }
}

/// Rounds sixteen floats to bfloat16. NaNs stay NaN unless all mantissa bits are set, which arithmetic
/// does not produce.
@inline(__always)
func rounded(_ v: Vector) -> SIMD16<UInt16> {
  let bits = unsafeBitCast(v, to: SIMD16<UInt32>.self)
  let odd = (bits &>> 16) & SIMD16<UInt32>(repeating: 1)
  let sum = bits &+ SIMD16<UInt32>(repeating: 0x7FFF) &+ odd
  // The upper halves of sixteen little-endian words are the odd ones of thirty-two half words.
  return unsafeBitCast(sum, to: SIMD32<UInt16>.self).oddHalf
}

/// Stores the first `lanes` numbers of `v`, rounded.
@inline(__always)
func store(_ v: Vector, to target: UnsafeMutablePointer<BFloat16>, _ lanes: Int = vectorWidth) {
  let half = rounded(v)
  if lanes == vectorWidth {
    UnsafeMutableRawPointer(target).storeBytes(of: half, as: SIMD16<UInt16>.self)
  } else {
    for lane in 0..<lanes { target[lane] = BFloat16(bits: half[lane]) }
  }
}

extension BFloat16 {
  fileprivate init(bits: UInt16) { self.bits = bits }
}

/// y = bfloat16(x). Cost: 6 bytes per element.
public func round(
  _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<BFloat16>, count: Int
) {
  sweep(count) { i, lanes in store(load(x + i, lanes), to: y + i, lanes) }
}
