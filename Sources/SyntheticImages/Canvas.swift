// The drawing surface of synthetic images: colors as floats, coordinates free of size.

import ImageCodecs
import Tensors

#if canImport(Glibc)
  import Glibc
#endif

/// Red, green and blue from 0 to 255.
typealias Color = SIMD3<Float>

/// A point, in units of the shorter side of the image, origin at its center.
typealias Point = SIMD2<Float>

/// Pixels to draw on.
struct Canvas {
  let height: Int
  let width: Int
  var pixels: [Color]

  init(height: Int, width: Int) {
    self.height = height
    self.width = width
    self.pixels = [Color](repeating: .zero, count: height * width)
  }

  var shorterSide: Int { min(height, width) }
  /// Width of one pixel in point units: edges are blended over it.
  var edge: Float { 1 / Float(shorterSide) }
  /// Largest coordinates of the image.
  var extent: Point { Point(Float(width), Float(height)) / Float(2 * shorterSide) }

  /// Replaces every pixel by a function of its place and color.
  mutating func paint(_ color: (Point, Color) -> Color) {
    paint(center: .zero, reach: .infinity, color)
  }

  /// The same for the pixels within `reach` of `center`, along both axes.
  mutating func paint(center: Point, reach: Float, _ color: (Point, Color) -> Color) {
    func range(_ center: Float, _ size: Int) -> Range<Int> {
      let middle = center * Float(shorterSide) + Float(size) / 2
      let first = max(0, middle - reach * Float(shorterSide))
      let last = min(Float(size), middle + reach * Float(shorterSide) + 1)
      return Int(first)..<max(Int(first), Int(last))
    }
    let columns = range(center.x, width)
    for y in range(center.y, height) {
      for x in columns {
        let place = Point(Float(2 * x + 1 - width), Float(2 * y + 1 - height)) * (edge / 2)
        pixels[y * width + x] = color(place, pixels[y * width + x])
      }
    }
  }

  /// 8-bit pixels, rounded.
  func image() -> PixelImage {
    var bytes = [UInt8](repeating: 0, count: pixels.count * 3)
    for (index, color) in pixels.enumerated() {
      for channel in 0..<3 {
        bytes[index * 3 + channel] = UInt8(max(0, min(255, color[channel])) + 0.5)
      }
    }
    return PixelImage(height: height, width: width, pixels: bytes)
  }

  /// The size of image that most photographs of a mixed collection have: longer side mostly 100 to
  /// 400, now and then 64 to 640; aspect ratio 1 : 2 to 2 : 1.
  /// - Parameter range: bounds of the longer side, evenly drawn from, instead of these.
  static func size(
    from random: inout RandomStream, longerSide range: ClosedRange<Int>? = nil
  ) -> (height: Int, width: Int) {
    let isUsual = random.uniform() < 0.85
    let usual = isUsual ? 100.0...400 : 64...640
    let bounds = range.map { Double($0.lowerBound)...Double($0.upperBound) } ?? usual
    let longer = random.uniform(in: bounds)
    let shorter = max(min(64, longer), longer * random.uniform(in: 0.5...1))
    let (long, short) = (Int(longer), Int(shorter))
    return random.uniform() < 0.5 ? (short, long) : (long, short)
  }
}

/// 1 inside and 0 outside; `distance` to the border is positive inside and blended over `edge`.
func coverage(_ distance: Float, edge: Float) -> Float {
  max(0, min(1, 0.5 + distance / edge))
}

/// `a` at 0, `b` at 1.
func mix(_ a: Color, _ b: Color, _ amount: Float) -> Color { a + (b - a) * amount }

/// `point` turned by `angle`.
func turned(_ point: Point, _ angle: Float) -> Point {
  let (c, s) = (cosf(angle), sinf(angle))
  return Point(c * point.x + s * point.y, c * point.y - s * point.x)
}

/// The color of a hue in degrees, a saturation and a value from 0 to 1.
func color(hue: Double, saturation: Double, value: Double) -> Color {
  func channel(_ offset: Double) -> Float {
    let k = (offset + hue / 60).truncatingRemainder(dividingBy: 6)
    let position = k < 0 ? k + 6 : k
    return Float(255 * value * (1 - saturation * max(0, min(1, min(position, 4 - position)))))
  }
  return Color(channel(5), channel(3), channel(1))
}

/// Smooth noise from 0 to 1 with features of size 1; octaves are each half as large and
/// `persistence` times as strong as the one before.
func cloudNoise(_ point: Point, seed: UInt32, octaves: Int = 4, persistence: Float = 0.5) -> Float {
  var (sum, total, weight): (Float, Float, Float) = (0, 0, 1)
  var position = point
  for octave in 0..<octaves {
    sum += weight * latticeNoise(position, seed: seed &+ UInt32(octave) &* 0x9E37_79B9)
    total += weight
    weight *= persistence
    position *= 2
  }
  return sum / total
}

/// Random values at whole coordinates, joined smoothly.
private func latticeNoise(_ point: Point, seed: UInt32) -> Float {
  let (floorX, floorY) = (floorf(point.x), floorf(point.y))
  let (x, y) = (Int32(floorX), Int32(floorY))
  let (u, v) = (point.x - floorX, point.y - floorY)
  let (smoothU, smoothV) = (u * u * (3 - 2 * u), v * v * (3 - 2 * v))
  let top = hashed(x, y, seed) * (1 - smoothU) + hashed(x &+ 1, y, seed) * smoothU
  let bottom = hashed(x, y &+ 1, seed) * (1 - smoothU) + hashed(x &+ 1, y &+ 1, seed) * smoothU
  return top * (1 - smoothV) + bottom * smoothV
}

/// A number from 0 to 1 that depends on two integers as if at random.
func hashed(_ x: Int32, _ y: Int32, _ seed: UInt32) -> Float {
  var value =
    UInt32(bitPattern: x) &* 0x85EB_CA6B ^ UInt32(bitPattern: y) &* 0xC2B2_AE35 ^ seed
  value = (value ^ (value >> 16)) &* 0x7FEB_352D
  value = (value ^ (value >> 15)) &* 0x846C_A68B
  return Float((value ^ (value >> 16)) >> 8) * 0x1p-24
}
