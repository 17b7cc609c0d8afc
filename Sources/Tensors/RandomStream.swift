// Randomness that depends on what it is for, never on who computes it or when.

/// A counter-based random stream: Philox4x32-10 of Salmon et al., "Parallel random numbers: as easy
/// as 1, 2, 3", SC11.
///
/// The stream is a pure function of (seed, purpose, epoch, sample), so augmentation, sample order
/// and initialization are the same at any number of ranks, workers and loader threads, and after a
/// resume at any step, with no state to store.
public struct RandomStream: RandomNumberGenerator, Sendable {
  /// Independent families of streams.
  public enum Purpose: UInt64, Sendable {
    case initialization = 1
    case sampleOrder, augmentation, synthesis, test, split, bootstrap
  }

  private let key: (UInt32, UInt32)
  private var counter: (UInt32, UInt32, UInt32, UInt32)
  private var block: (UInt64, UInt64) = (0, 0)
  private var remaining = 0

  /// The stream of one sample in one epoch.
  public init(seed: UInt64, purpose: Purpose, epoch: Int = 0, sample: Int = 0) {
    let mixed = Self.splitMix(seed &+ purpose.rawValue &* 0x9E37_79B9_7F4A_7C15)
    key = (UInt32(truncatingIfNeeded: mixed), UInt32(truncatingIfNeeded: mixed >> 32))
    let sample = UInt64(bitPattern: Int64(sample))
    counter = (
      0, UInt32(truncatingIfNeeded: epoch),
      UInt32(truncatingIfNeeded: sample), UInt32(truncatingIfNeeded: sample >> 32)
    )
  }

  /// The stream of a named thing; the name enters as its 64-bit FNV-1a hash.
  public init(seed: UInt64, purpose: Purpose, key name: String) {
    let hash = ByteHash(name.utf8).value
    self.init(seed: seed, purpose: purpose, sample: Int(Int64(bitPattern: hash)))
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    if remaining == 0 {
      let words = Self.philox(counter: counter, key: key)
      block = (UInt64(words.1) << 32 | UInt64(words.0), UInt64(words.3) << 32 | UInt64(words.2))
      counter.0 &+= 1
      remaining = 2
    }
    remaining -= 1
    return remaining == 1 ? block.0 : block.1
  }

  /// A uniform number in [0, 1) with 53 random bits.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A uniform number in `range`.
  public mutating func uniform(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// A uniform integer in `0 ..< bound` (Lemire's multiplication without rejection; its bias is
  /// below bound / 2^64).
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "expected a positive bound, got \(bound)")
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// The ten rounds of Philox4x32, public so that the published test vectors can be checked.
  /// - Parameters: counter, key: 32-bit words, least significant first.
  public static func philox(
    counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
  ) -> (UInt32, UInt32, UInt32, UInt32) {
    var (c0, c1, c2, c3) = counter
    var (k0, k1) = key
    for _ in 0..<10 {
      let first = UInt64(c0) &* 0xD251_1F53
      let second = UInt64(c2) &* 0xCD9E_8D57
      (c0, c1, c2, c3) = (
        UInt32(truncatingIfNeeded: second >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: first)
      )
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return (c0, c1, c2, c3)
  }

  private static func splitMix(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension RandomStream {
  /// A standard normal number (Box and Muller, one of the pair). Uses only `Double` libm calls.
  public mutating func normal() -> Double {
    let radius = (-2 * logarithm(1 - uniform())).squareRoot()
    return radius * cosine(2 * .pi * uniform())
  }

  /// Fisher and Yates' shuffle of `0 ..< count`.
  public mutating func permutation(of count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, integer(below: last + 1))
    }
    return order
  }
}
