import Tensors
import Testing

@Suite struct FingerprintTests {
  private func hash(_ values: [Float]) -> UInt64 {
    values.withUnsafeBufferPointer { Fingerprint($0).hash }
  }

  @Test("any single changed bit changes the hash", arguments: [1, 2, 5, 64, 131])
  func bits(count: Int) {
    let values = (0..<count).map { Float($0) * 0.37 - 3 }
    var seen: Set<UInt64> = [hash(values)]
    for element in 0..<count {
      for bit in 0..<32 {
        var changed = values
        changed[element] = Float(bitPattern: values[element].bitPattern ^ (1 << UInt32(bit)))
        seen.insert(hash(changed))
      }
    }
    // All different from the original, and from each other as well.
    #expect(seen.count == 1 + 32 * count)
  }

  @Test("two changed signs do not cancel")
  func signs() {
    let values = (0..<32).map { Float($0 + 1) }
    var seen: Set<UInt64> = [hash(values)]
    for first in 0..<32 {
      for second in first + 1..<32 {
        var changed = values
        changed[first].negate()
        changed[second].negate()
        seen.insert(hash(changed))
      }
    }
    #expect(seen.count == 1 + 32 * 31 / 2)
  }

  @Test("order, length and the sign of zero count")
  func sensitivity() {
    #expect(hash([1, 2, 3, 4]) != hash([3, 4, 1, 2]))
    #expect(hash([1, 2, 3]) != hash([1, 2]))
    #expect(hash([0, 0]) != hash([0, 0, 0]))
    #expect(hash([0]) != hash([-0.0]))
    #expect(hash([.nan]) == hash([.nan]))
  }

  @Test("a value that is not a number is seen at any place")
  func finite() {
    for count in [1, 15, 64, 65, 200] {
      var values = (0..<count).map { Float($0) - 3.4e38 }
      #expect(values.withUnsafeBufferPointer { Fingerprint($0).isFinite })
      for place in Set([0, count / 2, count - 1]) {
        for odd in [Float.infinity, -.infinity, .nan, -.nan] {
          let kept = values[place]
          values[place] = odd
          #expect(!values.withUnsafeBufferPointer { Fingerprint($0).isFinite })
          values[place] = kept
        }
      }
    }
    #expect([Float]().withUnsafeBufferPointer { Fingerprint($0).isFinite })
  }
}
