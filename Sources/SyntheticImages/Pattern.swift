// Textures and shapes as fields: how much of the foreground there is at a point.

import Tensors

#if canImport(Glibc)
  import Glibc
#endif

/// A texture that fills the plane, or a shape around the origin. Lengths are in units of the
/// shorter side of the image, angles in radians.
enum Pattern {
  /// Parallel stripes; `angle` is the direction in which they alternate.
  case stripes(period: Float, angle: Float, phase: Float)
  /// Stripes that alternate downwards and undulate.
  case waves(period: Float, amplitude: Float, length: Float, phase: Float)
  case checkerboard(cell: Float, angle: Float)
  /// Discs on a square lattice.
  case dots(period: Float, radius: Float, angle: Float)
  /// Concentric stripes.
  case rings(period: Float)
  case clouds(size: Float, seed: UInt32)
  /// Random squares.
  case grain(cell: Float, seed: UInt32)
  case disc(radius: Float)
  case ring(radius: Float, thickness: Float)
  case polygon(corners: Int, radius: Float, angle: Float)
  case star(radius: Float, angle: Float)

  /// 0 to 1 at `point`, borders blended over `edge`.
  func coverage(at point: Point, edge: Float) -> Float {
    switch self {
    case .stripes(let period, let angle, let phase):
      let across = point.x * cosf(angle) + point.y * sinf(angle)
      return wave(across / period + phase, period: period, edge: edge)
    case .waves(let period, let amplitude, let length, let phase):
      let lifted = point.y + amplitude * sinf(2 * .pi * point.x / length)
      return wave(lifted / period + phase, period: period, edge: edge)
    case .checkerboard(let cell, let angle):
      let place = turned(point, angle) * (.pi / cell)
      return SyntheticImages.coverage(sinf(place.x) * sinf(place.y) * cell / .pi, edge: edge)
    case .dots(let period, let radius, let angle):
      let place = turned(point, angle) / period
      let offset = place - Point(floorf(place.x) + 0.5, floorf(place.y) + 0.5)
      return SyntheticImages.coverage(radius - length(offset) * period, edge: edge)
    case .rings(let period):
      return wave(length(point) / period, period: period, edge: edge)
    case .clouds(let size, let seed):
      return max(0, min(1, (cloudNoise(point / size, seed: seed) - 0.5) * 2.5 + 0.5))
    case .grain(let cell, let seed):
      return hashed(Int32(floorf(point.x / cell)), Int32(floorf(point.y / cell)), seed)
    case .disc(let radius):
      return SyntheticImages.coverage(radius - length(point), edge: edge)
    case .ring(let radius, let thickness):
      return SyntheticImages.coverage(thickness / 2 - abs(length(point) - radius), edge: edge)
    case .polygon(let corners, let radius, let angle):
      let sector = 2 * Float.pi / Float(corners)
      let direction = atan2f(point.y, point.x) + angle
      let inside = direction - floorf(direction / sector) * sector - sector / 2
      let apothem = radius * cosf(sector / 2)
      return SyntheticImages.coverage(apothem - length(point) * cosf(inside), edge: edge)
    case .star(let radius, let angle):
      let turns = (atan2f(point.y, point.x) + angle) * 5 / (2 * .pi)
      let between = abs(2 * (turns - floorf(turns)) - 1)
      let border = radius * (0.38 + 0.62 * between * sqrtf(between))
      return SyntheticImages.coverage((border - length(point)) * 0.6, edge: edge)
    }
  }

  /// Half of each period, as a signed distance to the nearest border.
  private func wave(_ periods: Float, period: Float, edge: Float) -> Float {
    SyntheticImages.coverage(sinf(2 * .pi * periods) * period / (2 * .pi), edge: edge)
  }
}

/// Distance from the origin.
func length(_ point: Point) -> Float { (point.x * point.x + point.y * point.y).squareRoot() }
