// The drawing surface of figures: a page of cairo with images, text, lines and color bars.

import CPango
import ImageCodecs

/// Red, green and blue from 0 to 255.
public typealias FigureColor = SIMD3<Float>

/// A white page to draw on, in pixels from its upper left corner. Whatever lies outside is not drawn.
///
/// A page belongs to one thread; different threads draw different pages at the same time.
public struct Figure: ~Copyable {
  public let height: Int
  public let width: Int
  private let surface: OpaquePointer
  private let context: OpaquePointer

  public static let black = FigureColor(repeating: 0)
  public static let gray = FigureColor(repeating: 110)
  public static let white = FigureColor(repeating: 255)

  /// - Throws: `FigureError.noPage` beyond 32767 pixels a side, cairo's limit, or without memory; `noFont`.
  public init(height: Int, width: Int) throws(FigureError) {
    try Self.requireFont()
    let surface = cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, CInt(clamping: width), CInt(clamping: height))
    let status = cairo_surface_status(surface)
    guard let surface, let context = cairo_create(surface), status == CAIRO_STATUS_SUCCESS else {
      cairo_surface_destroy(surface)
      throw .noPage(
        height: height, width: width, reason: String(cString: cairo_status_to_string(status)))
    }
    (self.height, self.width) = (height, width)
    (self.surface, self.context) = (surface, context)
    setColor(Self.white)
    cairo_paint(context)
  }

  deinit {
    cairo_destroy(context)
    cairo_surface_destroy(surface)
  }

  /// The page so far.
  public var image: PixelImage {
    cairo_surface_flush(surface)
    var pixels = [UInt8](repeating: 255, count: height * width * 3)
    for y in 0..<height {
      guard let row = row(y) else { break }
      for x in 0..<width {
        let (color, at) = (row[x], (y * width + x) * 3)
        pixels[at] = UInt8(truncatingIfNeeded: color >> 16)
        pixels[at + 1] = UInt8(truncatingIfNeeded: color >> 8)
        pixels[at + 2] = UInt8(truncatingIfNeeded: color)
      }
    }
    return PixelImage(height: height, width: width, pixels: pixels)
  }

  /// A row of cairo's pixels: 0xRRGGBB in the byte order of the machine.
  private func row(_ y: Int) -> UnsafeMutablePointer<UInt32>? {
    guard let data = cairo_image_surface_get_data(surface) else { return nil }
    return UnsafeMutableRawPointer(data + y * Int(cairo_image_surface_get_stride(surface)))
      .assumingMemoryBound(to: UInt32.self)
  }

  private func setColor(_ color: FigureColor) {
    let part = color / 255
    cairo_set_source_rgb(context, Double(part.x), Double(part.y), Double(part.z))
  }

  public mutating func fill(x: Range<Int>, y: Range<Int>, _ color: FigureColor) {
    setColor(color)
    cairo_rectangle(
      context, Double(x.lowerBound), Double(y.lowerBound), Double(x.count), Double(y.count))
    cairo_fill(context)
  }

  /// Draws an image with its upper left corner at (x, y), each pixel `zoom` times in both directions.
  public mutating func draw(_ image: PixelImage, x: Int, y: Int, zoom: Int = 1) {
    cairo_surface_flush(surface)
    let columns = max(0, x)..<max(0, x, min(width, x + image.width * zoom))
    let rows = max(0, y)..<max(0, y, min(height, y + image.height * zoom))
    for v in rows {
      guard let row = row(v) else { break }
      let source = (v - y) / zoom * image.width
      for u in columns {
        let at = (source + (u - x) / zoom) * 3
        row[u] =
          UInt32(image.pixels[at]) << 16 | UInt32(image.pixels[at + 1]) << 8
          | UInt32(image.pixels[at + 2])
      }
    }
    cairo_surface_mark_dirty(surface)
  }

  /// Where a text stands relative to its x.
  public enum Alignment: Sendable { case left, center, right }

  /// Writes a line of text whose upper edge is y.
  /// - Parameter room: pixels; a longer text loses its middle. Nil for no limit.
  public mutating func write(
    _ text: String, x: Int, y: Int, _ alignment: Alignment = .left, style: TextStyle = .plain,
    color: FigureColor = black, room: Int? = nil
  ) {
    let line = TextLine(text, style: style, room: room, on: context)
    let left =
      switch alignment {
      case .left: x
      case .center: x - line.width / 2
      case .right: x - line.width
      }
    setColor(color)
    line.draw(x: left, base: y + style.ascent, on: context)
  }

  /// Pixels that a line of text takes.
  public func width(of text: String, style: TextStyle = .plain, room: Int? = nil) -> Int {
    TextLine(text, style: style, room: room, on: context).width
  }

  /// Lines through points, with round ends.
  public mutating func line(
    through points: [SIMD2<Float>], width lineWidth: Double, color: FigureColor = black
  ) {
    setColor(color)
    cairo_set_line_width(context, lineWidth)
    cairo_set_line_cap(context, CAIRO_LINE_CAP_ROUND)
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    for point in points { cairo_line_to(context, Double(point.x), Double(point.y)) }
    cairo_stroke(context)
  }

  public mutating func dot(
    at point: SIMD2<Float>, diameter: Double, color: FigureColor = black
  ) {
    setColor(color)
    cairo_arc(context, Double(point.x), Double(point.y), diameter / 2, 0, 2 * Double.pi)
    cairo_fill(context)
  }

  /// A frame around a rectangle, outside of it.
  public mutating func frame(x: Range<Int>, y: Range<Int>, color: FigureColor = black) {
    fill(x: x.lowerBound - 1..<x.upperBound + 1, y: y.lowerBound - 1..<y.lowerBound, color)
    fill(x: x.lowerBound - 1..<x.upperBound + 1, y: y.upperBound..<y.upperBound + 1, color)
    fill(x: x.lowerBound - 1..<x.lowerBound, y: y, color)
    fill(x: x.upperBound..<x.upperBound + 1, y: y, color)
  }

  /// Height of a color bar with what is written below.
  public static let colorBarHeight = 18 + TextStyle.plain.lineHeight

  /// A horizontal color bar with its ends written below.
  public mutating func colorBar(
    _ map: ColorMap, x: Range<Int>, y: Int, low: String, high: String
  ) {
    let colors = x.flatMap { column -> [UInt8] in
      let position = Float(column - x.lowerBound) / Float(max(1, x.count - 1))
      let color = map(position)
      return (0..<3).map { UInt8(color[$0].rounded()) }
    }
    if !x.isEmpty {
      for row in y..<y + 14 {
        draw(PixelImage(height: 1, width: x.count, pixels: colors), x: x.lowerBound, y: row)
      }
    }
    frame(x: x, y: y..<y + 14, color: Self.gray)
    write(low, x: x.lowerBound, y: y + 18)
    write(high, x: x.upperBound, y: y + 18, .right)
  }
}
