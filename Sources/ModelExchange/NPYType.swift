// Element types of .npy arrays and their conversion to float32.

/// The types that are read: plain numbers, little-endian.
enum NPYType: String, Sendable, CaseIterable {
  case float32 = "<f4"
  case float16 = "<f2"
  case float64 = "<f8"
  case int32 = "<i4"
  case int64 = "<i8"
  case uint8 = "|u1"
  case bool = "|b1"
  /// bfloat16, as NumPy writes a type it does not know: two raw bytes.
  case bfloat16 = "|V2"

  /// Bytes of an element.
  var size: Int {
    switch self {
    case .uint8, .bool: 1
    case .float16, .bfloat16: 2
    case .float32, .int32: 4
    case .float64, .int64: 8
    }
  }

  /// Converts `count` elements, rounding to nearest where float32 has fewer bits. No alignment needed.
  func convert(
    _ bytes: UnsafeRawPointer, count: Int, into values: UnsafeMutablePointer<Float>
  ) {
    func each<Element: BitwiseCopyable>(_: Element.Type, _ body: (Element) -> Float) {
      for i in 0..<count {
        values[i] = body(
          bytes.loadUnaligned(
            fromByteOffset: i * MemoryLayout<Element>.stride, as: Element.self))
      }
    }
    switch self {
    case .float32: each(UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
    case .float16: each(UInt16.self) { Self.float(half: UInt16(littleEndian: $0)) }
    case .float64: each(UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
    case .int32: each(Int32.self) { Float(Int32(littleEndian: $0)) }
    case .int64: each(Int64.self) { Float(Int64(littleEndian: $0)) }
    case .uint8: each(UInt8.self) { Float($0) }
    case .bool: each(UInt8.self) { $0 == 0 ? 0 : 1 }
    case .bfloat16: each(UInt16.self) { Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16) }
    }
  }

  /// IEEE 754 binary16; `Float16` is not available on every platform.
  static func float(half bits: UInt16) -> Float {
    let sign: Float = bits >> 15 == 0 ? 1 : -1
    let (exponent, fraction) = (Int(bits >> 10 & 31), Float(bits & 1023))
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default:
      return sign * (1024 + fraction) * Float(sign: .plus, exponent: exponent - 25, significand: 1)
    }
  }
}
