// The drawing surface of figures: pixels, with images, text, lines and color bars.

import Foundation
import ImageCodecs

/// Red, green and blue from 0 to 255.
typealias FigureColour = SIMD3<Float>

/// A white page to draw on. Whatever lies outside is not drawn.
struct Figure {
  let height: Int
  let width: Int
  private var pixels: [UInt8]

  static let black = FigureColour(repeating: 0)
  static let gray = FigureColour(repeating: 140)
  static let white = FigureColour(repeating: 255)

  init(height: Int, width: Int) {
    (self.height, self.width) = (height, width)
    pixels = [UInt8](repeating: 255, count: height * width * 3)
  }

  var image: PixelImage { PixelImage(height: height, width: width, pixels: pixels) }

  mutating func set(_ x: Int, _ y: Int, _ color: FigureColour, opacity: Float = 1) {
    guard (0..<width).contains(x), (0..<height).contains(y) else { return }
    let at = (y * width + x) * 3
    for channel in 0..<3 {
      let old = Float(pixels[at + channel])
      let new = old + (color[channel] - old) * opacity
      pixels[at + channel] = UInt8(max(0, min(255, new)) + 0.5)
    }
  }

  mutating func fill(x: Range<Int>, y: Range<Int>, _ color: FigureColour) {
    for y in y { for x in x { set(x, y, color) } }
  }

  /// Draws an image with its upper left corner at (x, y).
  mutating func draw(_ image: PixelImage, x: Int, y: Int) {
    let (columns, rows) = (min(image.width, width - x), min(image.height, height - y))
    guard columns > 0, x >= 0, y >= 0 else { return }
    for row in 0..<max(0, rows) {
      let source = row * image.width * 3
      let target = ((y + row) * width + x) * 3
      pixels.replaceSubrange(
        target..<target + columns * 3, with: image.pixels[source..<source + columns * 3])
    }
  }

  /// Where a text stands relative to its x.
  enum Alignment { case left, center, right }

  /// Writes a line of text whose upper edge is y.
  mutating func write(
    _ text: String, x: Int, y: Int, _ alignment: Alignment = .left,
    color: FigureColour = black
  ) {
    let textWidth = BitmapFont.width(of: text)
    var left =
      switch alignment {
      case .left: x
      case .center: x - textWidth / 2
      case .right: x - textWidth
      }
    for character in text {
      BitmapFont.forEachPixel(of: character) { set(left + $0, y + $1, color) }
      left += BitmapFont.advance
    }
  }

  /// A line between two points, smooth at its edges.
  mutating func line(
    from a: SIMD2<Float>, to b: SIMD2<Float>, width lineWidth: Float = 1,
    color: FigureColour = black
  ) {
    let reach = lineWidth / 2 + 1
    let direction = b - a
    let squaredLength = max((direction * direction).sum(), 1e-6)
    let (low, high) = (pointwiseMin(a, b) - reach, pointwiseMax(a, b) + reach)
    for y in Int(low.y.rounded(.down))...Int(high.y.rounded(.up)) {
      for x in Int(low.x.rounded(.down))...Int(high.x.rounded(.up)) {
        let point = SIMD2(Float(x), Float(y))
        let along = max(0, min(1, ((point - a) * direction).sum() / squaredLength))
        let away = point - (a + direction * along)
        let distance = (away * away).sum().squareRoot()
        set(x, y, color, opacity: max(0, min(1, lineWidth / 2 + 0.5 - distance)))
      }
    }
  }

  /// A frame around a rectangle, outside of it.
  mutating func frame(x: Range<Int>, y: Range<Int>, color: FigureColour = black) {
    fill(x: x.lowerBound - 1..<x.upperBound + 1, y: y.lowerBound - 1..<y.lowerBound, color)
    fill(x: x.lowerBound - 1..<x.upperBound + 1, y: y.upperBound..<y.upperBound + 1, color)
    fill(x: x.lowerBound - 1..<x.lowerBound, y: y, color)
    fill(x: x.upperBound..<x.upperBound + 1, y: y, color)
  }

  /// A horizontal color bar with its ends written below: 36 pixels high in all.
  mutating func colorBar(_ map: ColorMap, x: Range<Int>, y: Int, low: String, high: String) {
    for column in x {
      let position = Float(column - x.lowerBound) / Float(max(1, x.count - 1))
      fill(x: column..<column + 1, y: y..<y + 14, map(position))
    }
    frame(x: x, y: y..<y + 14, color: Self.gray)
    write(low, x: x.lowerBound, y: y + 20)
    write(high, x: x.upperBound, y: y + 20, .right)
  }
}
