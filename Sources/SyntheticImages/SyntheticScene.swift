// Undegraded scenes for quality data: detail at every scale, so that each degradation shows.

import Tensors

#if canImport(Glibc)
  import Glibc
#endif

/// A still life of textured shapes before clouds, with the spectrum and the exposure of a
/// photograph.
enum SyntheticScene {
  static func paint(on canvas: inout Canvas, from random: inout RandomStream) {
    func draw(_ low: Double, _ high: Double) -> Float { Float(random.uniform(in: low...high)) }
    let (top, bottom) = (Color.random(from: &random), Color.random(from: &random))
    let cloud = Color.random(from: &random)
    let cloudSeed = UInt32(random.integer(below: 1 << 30))
    let cloudSize = draw(0.15, 0.5)
    let height = canvas.extent.y
    canvas.paint { point, _ in
      let sky = mix(top, bottom, (point.y / height + 1) / 2)
      return mix(sky, cloud, cloudNoise(point / cloudSize, seed: cloudSeed, octaves: 6))
    }
    let pixel = canvas.edge
    let edge = pixel * 1.2
    for _ in 0..<8 + random.integer(below: 7) {
      let center = Point(draw(-1, 1), draw(-1, 1)) * canvas.extent
      let radius = draw(0.08, 0.3)
      let angle = draw(0, 6.28)
      let shape: Pattern
      switch random.integer(below: 4) {
      case 0: shape = .disc(radius: radius)
      case 1: shape = .polygon(corners: 3, radius: radius, angle: angle)
      case 2: shape = .polygon(corners: 4, radius: radius, angle: angle)
      default: shape = .star(radius: radius, angle: angle)
      }
      let period = max(4 * pixel, draw(0.02, 0.08))
      let texture: Pattern
      switch random.integer(below: 5) {
      case 0: texture = .stripes(period: period, angle: angle, phase: 0)
      case 1: texture = .checkerboard(cell: period / 2, angle: angle)
      case 2: texture = .dots(period: period, radius: period * 0.3, angle: angle)
      case 3: texture = .rings(period: period)
      default: texture = .clouds(size: period, seed: UInt32(random.integer(below: 1 << 30)))
      }
      let (first, second) = (Color.random(from: &random), Color.random(from: &random))
      // Shading from the upper left gives the shapes some volume.
      canvas.paint(center: center, reach: radius + 2 * pixel) { point, under in
        let offset = point - center
        let surface = mix(first, second, texture.coverage(at: offset, edge: edge))
        let shade = 1 - 0.35 * (offset.x + offset.y) / radius
        return mix(under, surface * shade, shape.coverage(at: offset, edge: edge))
      }
    }
    addDetail(to: &canvas, strength: draw(0.85, 1.15), from: &random)
    expose(&canvas, mean: draw(108, 128), deviation: 48)
  }

  /// The roughness of real surfaces: noise whose contrast is the same in every octave, as in
  /// photographs (amplitude falls as 1 / frequency), from a quarter of the image down to two
  /// pixels. Whatever takes detail away shows in every patch and at every scale.
  private static func addDetail(
    to canvas: inout Canvas, strength: Float, from random: inout RandomStream
  ) {
    let seed = UInt32(random.integer(below: 1 << 30))
    let octaves = max(1, Int(log2f(0.25 * Float(canvas.shorterSide))))
    let amplitude = 44 * strength * Float(octaves)
    canvas.paint { point, under in
      let detail = cloudNoise(point * 4, seed: seed, octaves: octaves, persistence: 1)
      return under + amplitude * (detail - 0.5)
    }
  }

  /// What a camera's exposure does: gray values of this mean and standard deviation.
  private static func expose(_ canvas: inout Canvas, mean: Float, deviation: Float) {
    var (sum, squares): (Double, Double) = (0, 0)
    for color in canvas.pixels {
      let gray = Double(color.sum() / 3)
      sum += gray
      squares += gray * gray
    }
    let count = Double(canvas.pixels.count)
    let average = sum / count
    let spread = max(1, (squares / count - average * average).squareRoot())
    let gain = deviation / Float(spread)
    canvas.paint { _, color in (color - Float(average)) * gain + mean }
  }
}
