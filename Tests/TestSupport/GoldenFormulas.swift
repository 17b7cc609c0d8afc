// Closed formulas of the golden images and parameters: Tests/Fixtures/golden/formulas.py, bit for bit.

/// SplitMix64 of a counter: the only randomness of the golden data.
public func splitMix64(_ value: UInt64) -> UInt64 {
  var z = value &+ 0x9E37_79B9_7F4A_7C15
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}

/// RGB bytes of the golden image, row-major (y, x, c): slanted triangle waves with 4 bits of noise.
public func goldenImage(height: Int, width: Int, seed: Int) -> [UInt8] {
  var pixels: [UInt8] = []
  pixels.reserveCapacity(height * width * 3)
  for y in 0..<height {
    for x in 0..<width {
      for channel in 0..<3 {
        let t = (x * (2 + channel) + y * (3 + seed % 3)) % 512
        let triangle = t < 256 ? t : 511 - t
        let counter = ((seed * 4096 + y) * 8192 + x) * 4 + channel
        let noise = Int(splitMix64(UInt64(counter)) >> 60)
        pixels.append(UInt8(min(255, triangle * 15 / 16 + noise)))
      }
    }
  }
  return pixels
}

/// Center and amplitude of the uniform values of a parameter, by the end of its official name. The
/// first match counts.
private let goldenRules: [(suffix: String, center: Float, amplitude: Float)] = [
  ("conv_root/kernel", 0, 0.14), ("conv2/kernel", 0, 0.07), ("conv1/kernel", 0, 0.2),
  ("conv3/kernel", 0, 0.2), ("conv_proj/kernel", 0, 0.2), ("embedding/kernel", 0, 0.0135),
  ("pos_embedding", 0, 0.035), ("scale_embedding", 0, 0.035), ("cls", 0, 0.035),
  ("head/kernel", 0, 0.087), ("head/bias", 0, 0.17), ("query/kernel", 0, 0.0884),
  ("key/kernel", 0, 0.0884), ("value/kernel", 0, 0.0884), ("out/kernel", 0, 0.0884),
  ("Dense_0/kernel", 0, 0.0625), ("Dense_1/kernel", 0, 0.0625), ("scale", 1, 0.17),
  ("bias", 0, 0.035),
]

/// The values of the golden parameter with this official name, row-major.
/// - Precondition: a rule exists for the name.
public func goldenParameter(_ name: String, _ shape: [Int]) -> [Float] {
  let rule: (center: Float, amplitude: Float)
  if "/\(name)".contains("/gn") && name.hasSuffix("/bias") {
    rule = (0, 0.17)
  } else if let match = goldenRules.first(where: { name.hasSuffix($0.suffix) }) {
    rule = (match.center, match.amplitude)
  } else {
    preconditionFailure("no golden rule for a parameter named \(name)")
  }
  var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
  return (0..<shape.reduce(1, *)).map { index in
    let unit = Float(splitMix64(hash &+ UInt64(index)) >> 40) * 0x1p-24
    return rule.center + rule.amplitude * (2 * unit - 1)
  }
}
