// Numbers for tests: the same in every run and on every machine.

#if canImport(Glibc)
  import Glibc
#endif

/// `count` normal numbers, a pure function of `name`: SplitMix64 from the FNV-1a hash of the name, two
/// uniform numbers for each normal one (Box and Muller).
public func randomValues(
  _ name: String, _ count: Int, mean: Double = 0, deviation: Double = 1
) -> [Float] {
  var state = name.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
    ($0 ^ UInt64($1)) &* 0x100_0000_01b3
  }
  func uniform() -> Double {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return (Double((z ^ (z >> 31)) >> 11) + 0.5) / 9_007_199_254_740_992
  }
  return (0..<count).map { _ in
    let normal = (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
    return Float(mean + deviation * normal)
  }
}
