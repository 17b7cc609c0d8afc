import Checkpoints
import Tensors
import Testing

@Suite struct CRC32CTests {
  /// One bit at a time: the naive twin.
  private func naive(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = ~0
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 != 0 ? (crc >> 1) ^ 0x82F6_3B78 : crc >> 1 }
    }
    return ~crc
  }

  private func bytes(_ count: Int) -> [UInt8] {
    var random = RandomStream(seed: 7, purpose: .test, sample: count)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  @Test("the published check values")
  func checkValues() {
    #expect(CRC32C.checksum("123456789") == 0xE306_9283)
    #expect(CRC32C.checksum("") == 0)
    // RFC 3720, B.4: 32 bytes of zeros, of ones.
    #expect([UInt8](repeating: 0, count: 32).withUnsafeBytes { CRC32C.checksum($0) } == 0x8A91_36AA)
    #expect(
      [UInt8](repeating: 255, count: 32).withUnsafeBytes { CRC32C.checksum($0) } == 0x62A8_AB43)
  }

  @Test("every length and alignment agrees with one bit at a time")
  func lengths() {
    for count in 0...67 {
      let data = bytes(count)
      for skip in 0...min(count, 9) {
        let part = data.withUnsafeBytes {
          CRC32C.checksum(UnsafeRawBufferPointer(rebasing: $0[skip...]))
        }
        #expect(part == naive(Array(data[skip...])))
      }
    }
  }

  @Test("pieces appended or combined give the checksum of the whole")
  func pieces() {
    for count in [0, 1, 7, 64, 1000, 4099] {
      let data = bytes(count)
      let whole = data.withUnsafeBytes { CRC32C.checksum($0) }
      for cut in Set([0, 1, count / 3, count / 2, count]) where cut <= count {
        let (head, tail) = (Array(data[..<cut]), Array(data[cut...]))
        var running = CRC32C()
        head.withUnsafeBytes { running.update($0) }
        let first = running.value
        tail.withUnsafeBytes { running.update($0) }
        #expect(running.value == whole)
        let second = tail.withUnsafeBytes { CRC32C.checksum($0) }
        #expect(CRC32C.combine(first, second, secondLength: tail.count) == whole)
      }
    }
  }
}
