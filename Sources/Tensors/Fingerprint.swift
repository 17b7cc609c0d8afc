// What a run of numbers in memory holds, in a few bytes: to find out whether anything has changed them, and
// whether they are numbers at all.

/// A hash of the bits of floats, and whether all of them are finite.
public struct Fingerprint: Codable, Equatable, Sendable {
  /// A single changed bit always changes it.
  public let hash: UInt64
  /// Whether no value is infinite or NaN.
  public let isFinite: Bool

  /// 64 lanes of h ← (h ⊕ word) · c, h ← h ⊕ (h ≫ 15), and over the lanes and the rest the same in 64 bits.
  ///
  /// Each step is a bijection of h, so a changed word changes its lane; the shift brings high bits down, so
  /// that changed signs do not cancel each other.
  /// - Cost: one pass at the speed of memory.
  public init(_ values: UnsafeBufferPointer<Float>) {
    typealias Lanes = SIMD16<UInt32>
    let raw = UnsafeRawBufferPointer(values)
    let factor = Lanes(repeating: 0x9E37_79B1)  // 2³² / golden ratio, odd
    let magnitude = Lanes(repeating: 0x7FFF_FFFF)
    var a = Lanes(repeating: 1)
    var (b, c, d) = (a, a, a)
    var largest = Lanes(repeating: 0)
    let vector = MemoryLayout<Lanes>.size
    let whole = raw.count / (4 * vector) * (4 * vector)
    func lanes(_ offset: Int) -> Lanes {
      raw.loadUnaligned(fromByteOffset: offset, as: Lanes.self)
    }
    func mix(_ word: Lanes, into h: inout Lanes) {
      h = (h ^ word) &* factor
      h ^= h &>> 15
      largest = pointwiseMax(largest, word & magnitude)
    }
    for offset in stride(from: 0, to: whole, by: 4 * vector) {
      mix(lanes(offset), into: &a)
      mix(lanes(offset + vector), into: &b)
      mix(lanes(offset + 2 * vector), into: &c)
      mix(lanes(offset + 3 * vector), into: &d)
    }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func combine(_ word: UInt32) {
      hash = (hash ^ UInt64(word)) &* 0x9E37_79B9_7F4A_7C15  // 2⁶⁴ / golden ratio, odd
      hash ^= hash >> 29
    }
    for lanes in [a, b, c, d] {
      for lane in lanes.indices { combine(lanes[lane]) }
    }
    var largestOfAll = largest.max()
    for offset in stride(from: whole, to: raw.count, by: MemoryLayout<Float>.size) {
      let word = raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      combine(word)
      largestOfAll = max(largestOfAll, word & 0x7FFF_FFFF)
    }
    self.hash = hash
    isFinite = largestOfAll < Float.infinity.bitPattern
  }
}
