// Checksums that notice flipped bits and can be computed in pieces by different ranks.

/// CRC-32C (Castagnoli, RFC 3720): reflected polynomial 0x82F63B78; the check value of "123456789" is
/// 0xE3069283. Slicing by eight: eight table look-ups per eight bytes.
public struct CRC32C: Sendable {
  /// The checksum of all bytes so far.
  public private(set) var value: UInt32 = 0

  public init() {}

  /// The checksum of `bytes`.
  public static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var crc = CRC32C()
    crc.update(bytes)
    return crc.value
  }

  /// The checksum of the memory of `count` floats.
  public static func checksum(_ values: UnsafePointer<Float>, count: Int) -> UInt32 {
    checksum(UnsafeRawBufferPointer(start: values, count: count * MemoryLayout<Float>.stride))
  }

  /// The checksum of the UTF-8 bytes of `text`.
  public static func checksum(_ text: String) -> UInt32 {
    Array(text.utf8).withUnsafeBytes { checksum($0) }
  }

  /// Appends `bytes`.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard var next = bytes.baseAddress else { return }
    let end = next + bytes.count
    let t = Self.tables.pointer
    var crc = ~value
    while end - next >= 8 {
      let word = UInt64(littleEndian: next.loadUnaligned(as: UInt64.self)) ^ UInt64(crc)
      let low = UInt32(truncatingIfNeeded: word)
      let high = UInt32(truncatingIfNeeded: word >> 32)
      let first =
        t[1792 + Int(low & 0xFF)] ^ t[1536 + Int((low >> 8) & 0xFF)]
        ^ t[1280 + Int((low >> 16) & 0xFF)] ^ t[1024 + Int(low >> 24)]
      let second =
        t[768 + Int(high & 0xFF)] ^ t[512 + Int((high >> 8) & 0xFF)]
        ^ t[256 + Int((high >> 16) & 0xFF)] ^ t[Int(high >> 24)]
      crc = first ^ second
      next += 8
    }
    while next < end {
      crc = (crc >> 8) ^ t[Int((crc ^ UInt32(next.load(as: UInt8.self))) & 0xFF)]
      next += 1
    }
    value = ~crc
  }

  /// The checksum of two byte strings one after the other, from their checksums and the length of the
  /// second in bytes.
  ///
  /// crc(a ‖ b) = crc(a) · x^(8·|b|) ⊕ crc(b) in GF(2)[x] modulo the polynomial; the power by repeated
  /// squaring, as in zlib's `crc32_combine`.
  public static func combine(_ first: UInt32, _ second: UInt32, secondLength: Int) -> UInt32 {
    var power: UInt32 = 1 << 31  // x⁰: the highest bit is the lowest power
    var square: UInt32 = 1 << 23  // x⁸: one byte
    var length = secondLength
    while length > 0 {
      if length & 1 != 0 { power = multiply(square, power) }
      square = multiply(square, square)
      length >>= 1
    }
    return multiply(power, first) ^ second
  }

  private static let polynomial: UInt32 = 0x82F6_3B78

  private static func multiply(_ a: UInt32, _ b: UInt32) -> UInt32 {
    var product: UInt32 = 0
    var factor = b
    for bit in stride(from: 31, through: 0, by: -1) {
      if a & (1 << UInt32(bit)) != 0 { product ^= factor }
      factor = factor & 1 != 0 ? (factor >> 1) ^ polynomial : factor >> 1
    }
    return product
  }

  /// 8 × 256 entries: `[k · 256 + byte]` is the effect of `byte` followed by k zero bytes. Written once
  /// before anyone reads, never freed.
  private struct Tables: @unchecked Sendable { let pointer: UnsafeMutablePointer<UInt32> }

  private static let tables: Tables = {
    let table = UnsafeMutablePointer<UInt32>.allocate(capacity: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 != 0 ? (crc >> 1) ^ polynomial : crc >> 1 }
      table[byte] = crc
    }
    for index in 256..<8 * 256 {
      let previous = table[index - 256]
      table[index] = (previous >> 8) ^ table[Int(previous & 0xFF)]
    }
    return Tables(pointer: table)
  }()
}
