import ImageData
import Tensors

/// A binary PPM image with pixels drawn from `seed`.
func ppm(height: Int, width: Int, seed: UInt64 = 0) -> [UInt8] {
  var random = RandomStream(seed: seed, purpose: .test)
  let pixels = (0..<height * width * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  return Array("P6\n\(width) \(height)\n255\n".utf8) + pixels
}

/// The pixels that `ppm` draws.
func pixels(height: Int, width: Int, seed: UInt64 = 0) -> [UInt8] {
  ppm(height: height, width: width, seed: seed).suffix(height * width * 3)
}

/// Sizes as photographs in ImageNet have them: around 400 × 350 in either orientation, a few large.
func imageNetSizes(_ count: Int, seed: UInt64 = 1) -> [(height: Int, width: Int)] {
  var random = RandomStream(seed: seed, purpose: .test)
  return (0..<count).map { _ in
    let draw = random.uniform()
    let scale =
      draw < 0.6 ? 1 : draw < 0.95 ? 0.4 + 1.2 * random.uniform() : 1 + 4 * random.uniform()
    let (long, short) = (500 * scale, (250 + 250 * random.uniform()) * scale)
    return random.uniform() < 0.7 ? (Int(short), Int(long)) : (Int(long), Int(short))
  }
}

/// An index of images that do not exist.
func index(ofSizes sizes: [(height: Int, width: Int)]) -> SampleIndex {
  SampleIndex(
    root: "/nowhere", kind: .classes, classNames: ["a", "b"],
    samples: sizes.enumerated().map { position, size in
      Sample(
        path: "a/\(position).JPEG", target: .classIndex(Int32(position % 2)), height: size.height,
        width: size.width)
    })
}
