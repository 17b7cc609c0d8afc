// A short name for bytes: which parameter, which index, which manifest.

/// 64-bit FNV-1a. No protection against anybody who wants two texts with one hash.
public struct ByteHash: Sendable {
  public private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  public init() {}

  /// The hash of some bytes.
  public init(_ bytes: some Sequence<UInt8>) { combine(bytes) }

  /// Goes on with more bytes: the hash of parts is that of the whole.
  public mutating func combine(_ bytes: some Sequence<UInt8>) {
    var hash = value
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    value = hash
  }

  /// Goes on with memory, a byte in about a nanosecond.
  public mutating func combine(_ bytes: UnsafeRawBufferPointer) {
    var hash = value
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    value = hash
  }

  /// Sixteen hexadecimal digits.
  public var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
