// A short name for bytes: which parameter, which index, which manifest.

/// 64-bit FNV-1a. Fast, not cryptographic: two texts with one hash are easily made.
public struct ByteHash: Sendable {
  /// The hash so far.
  public var value: UInt64 { state }
  @usableFromInline var state: UInt64 = 0xCBF2_9CE4_8422_2325

  /// The hash of no bytes.
  public init() {}

  /// The hash of some bytes.
  @inlinable
  public init(_ bytes: some Sequence<UInt8>) {
    self.init()
    combine(bytes)
  }

  /// Adds more bytes: the hash of parts is that of the whole.
  ///
  /// Inlinable, so that other modules specialize it for their sequence: unspecialized, every byte
  /// costs a call through the sequence's witness table, twenty times what it costs here.
  @inlinable
  public mutating func combine(_ bytes: some Sequence<UInt8>) {
    var hash = state
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    state = hash
  }

  /// Sixteen hexadecimal digits.
  public var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
