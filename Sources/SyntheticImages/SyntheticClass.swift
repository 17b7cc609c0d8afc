// The classes of synthetic images: textures, shapes, color and scale, never told by one patch's
// average color alone, and unchanged by a horizontal flip.

import Tensors

/// What a classification image shows. The first eight are the default set.
enum SyntheticClass: String, CaseIterable, Sendable {
  case stripesLevel = "level stripes"
  case stripesUpright = "upright stripes"
  case checkerboard = "checkerboard"
  case dotsFine = "fine dots"
  case dotsCoarse = "coarse dots"
  case discWarm = "warm disc"
  case discCool = "cool disc"
  case ring = "ring"
  case triangle = "triangle"
  case clouds = "clouds"
  case stripesSlanted = "slanted stripes"
  case target = "concentric rings"
  case star = "star"
  case grain = "grain"
  case square = "square"
  case waves = "waves"

  /// ImageNet-like name: the class index is the place in the sorted list of these.
  var folder: String {
    let number = String((Self.allCases.firstIndex(of: self) ?? 0) + 1)
    return "n900000" + String(repeating: "0", count: 2 - number.count) + number
  }

  /// Whether it is one thing somewhere in the image, not a texture all over it.
  private var isShape: Bool {
    switch self {
    case .discWarm, .discCool, .ring, .triangle, .star, .square, .target: true
    default: false
    }
  }

  /// Draws one image of this class.
  func paint(on canvas: inout Canvas, from random: inout RandomStream) {
    let pattern = self.pattern(pixel: canvas.edge, from: &random)
    let (background, foreground) = colors(from: &random)
    // Shapes stand near the middle, so that random crops keep most of them.
    let reach = canvas.extent - Point(repeating: 0.38)
    let place =
      isShape
      ? Point(Float(random.uniform(in: -1...1)), Float(random.uniform(in: -1...1)))
        * Point(max(0.06, reach.x), max(0.06, reach.y)) * 0.6
      : .zero
    // Light falls off towards one side; the background drifts towards another color.
    let light = direction(from: &random) * Float(random.uniform(in: 0...0.5))
    let drift = direction(from: &random)
    let second = mix(background, .random(from: &random), 0.35)
    let edge = canvas.edge * 1.2
    canvas.paint { point, _ in
      let along = point.x * drift.x + point.y * drift.y
      let base = mix(background, second, max(0, min(1, along + 0.5)))
      let amount = pattern.coverage(at: point - place, edge: edge)
      return mix(base, foreground, amount) * (1 + point.x * light.x + point.y * light.y)
    }
    scatterDistractors(on: &canvas, from: &random)
    addNoise(deviation: Float(random.uniform(in: 1...7)), to: &canvas, from: &random)
  }

  private func pattern(pixel: Float, from random: inout RandomStream) -> Pattern {
    func draw(_ low: Double, _ high: Double) -> Float { Float(random.uniform(in: low...high)) }
    let degree = Float.pi / 180
    switch self {
    case .stripesLevel:
      return .stripes(
        period: max(7 * pixel, draw(0.1, 0.24)), angle: (90 + draw(-10, 10)) * degree,
        phase: draw(0, 1))
    case .stripesUpright:
      return .stripes(
        period: max(7 * pixel, draw(0.1, 0.24)), angle: draw(-10, 10) * degree, phase: draw(0, 1))
    case .stripesSlanted:
      let middle: Float = random.uniform() < 0.5 ? 45 : 135
      return .stripes(
        period: max(7 * pixel, draw(0.1, 0.24)), angle: (middle + draw(-10, 10)) * degree,
        phase: draw(0, 1))
    case .waves:
      return .waves(
        period: draw(0.14, 0.24), amplitude: draw(0.05, 0.08), length: draw(0.3, 0.5),
        phase: draw(0, 1))
    case .checkerboard:
      return .checkerboard(cell: max(5 * pixel, draw(0.07, 0.18)), angle: draw(-14, 14) * degree)
    case .dotsFine:
      let period = max(6 * pixel, draw(0.07, 0.1))
      return .dots(period: period, radius: period * draw(0.27, 0.36), angle: draw(0, 90) * degree)
    case .dotsCoarse:
      let period = draw(0.24, 0.34)
      return .dots(period: period, radius: period * draw(0.27, 0.36), angle: draw(0, 90) * degree)
    case .target: return .rings(period: draw(0.12, 0.2))
    case .clouds: return .clouds(size: draw(0.2, 0.4), seed: UInt32(random.integer(below: 1 << 30)))
    case .grain:
      return .grain(
        cell: max(2 * pixel, draw(0.012, 0.02)), seed: UInt32(random.integer(below: 1 << 30)))
    case .discWarm, .discCool: return .disc(radius: draw(0.28, 0.42))
    case .ring: return .ring(radius: draw(0.28, 0.38), thickness: draw(0.08, 0.16))
    case .triangle:
      return .polygon(corners: 3, radius: draw(0.38, 0.52), angle: draw(0, 360) * degree)
    case .square: return .polygon(corners: 4, radius: draw(0.36, 0.5), angle: draw(0, 90) * degree)
    case .star: return .star(radius: draw(0.38, 0.5), angle: draw(0, 72) * degree)
    }
  }

  /// Two colors that differ clearly. Discs are told by their hue, before a paler ground of any hue;
  /// elsewhere color says nothing.
  private func colors(from random: inout RandomStream) -> (background: Color, foreground: Color) {
    switch self {
    case .discWarm, .discCool:
      let hue = self == .discWarm ? random.uniform(in: -15...50) : random.uniform(in: 175...250)
      let foreground = color(
        hue: hue, saturation: random.uniform(in: 0.75...1), value: random.uniform(in: 0.65...1))
      var background = foreground
      for _ in 0..<64 where distance(background, foreground) < 130 {
        background = color(
          hue: random.uniform(in: 0...360), saturation: random.uniform(in: 0...0.4),
          value: random.uniform(in: 0.15...0.95))
      }
      return (background, foreground)
    default:
      let background = Color.random(from: &random)
      var foreground = background
      for _ in 0..<64 where distance(background, foreground) < 130 {
        foreground = .random(from: &random)
      }
      return (background, foreground)
    }
  }

  private func distance(_ a: Color, _ b: Color) -> Float {
    ((a - b) * (a - b)).sum().squareRoot()
  }

  private func direction(from random: inout RandomStream) -> Point {
    turned(Point(1, 0), Float(random.uniform(in: 0...(2 * .pi))))
  }

  /// Up to four small blots anywhere, of any color.
  private func scatterDistractors(on canvas: inout Canvas, from random: inout RandomStream) {
    for _ in 0..<random.integer(below: 5) {
      let center =
        Point(Float(random.uniform(in: -1...1)), Float(random.uniform(in: -1...1))) * canvas.extent
      let radius = Float(random.uniform(in: 0.025...0.06))
      let blot: Pattern =
        random.uniform() < 0.5
        ? .disc(radius: radius)
        : .polygon(corners: 4, radius: radius, angle: Float(random.uniform(in: 0...1.57)))
      let blotColor = Color.random(from: &random)
      let edge = canvas.edge * 1.2
      canvas.paint(center: center, reach: radius + 2 * canvas.edge) { point, under in
        mix(under, blotColor, 0.8 * blot.coverage(at: point - center, edge: edge))
      }
    }
  }
}

extension Color {
  /// Any color but the very dark and very bright ones.
  static func random(from random: inout RandomStream) -> Color {
    color(
      hue: random.uniform(in: 0...360), saturation: random.uniform(in: 0...0.9),
      value: random.uniform(in: 0.15...0.98))
  }
}

/// Adds independent noise of about this deviation to all channels: the sum of two uniform numbers,
/// which is enough of a bell and takes one draw for a pixel.
func addNoise(deviation: Float, to canvas: inout Canvas, from random: inout RandomStream) {
  // Each uniform number from 0 to 1023 has deviation 1024 / √12; two of them √2 of that.
  let scale = deviation / (1024 / Float(6).squareRoot())
  for index in canvas.pixels.indices {
    let bits = random.next()
    var sum = Color.zero
    for channel in 0..<3 {
      let first = (bits >> UInt64(20 * channel)) & 1023
      let second = (bits >> UInt64(20 * channel + 10)) & 1023
      sum[channel] = Float(first + second)
    }
    canvas.pixels[index] += (sum - 1023) * scale
  }
}
