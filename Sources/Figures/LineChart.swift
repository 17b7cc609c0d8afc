// One line in a coordinate system.

import Foundation
import ImageCodecs
import Tables

public struct LineChart: Sendable {
  let title: String
  let xTitle: String
  let yTitle: String
  /// Ascending in x.
  let points: [SIMD2<Float>]
  /// Places on the x axis that are named.
  public var xTicks: [(Float, String)] = []

  public init(title: String, xTitle: String, yTitle: String, points: [SIMD2<Float>]) {
    (self.title, self.xTitle, self.yTitle, self.points) = (title, xTitle, yTitle, points)
  }

  /// - Throws: `FigureError`.
  public func figure() throws(FigureError) -> PixelImage {
    var page = try Figure(height: 480, width: 720)
    let (columns, rows) = (110..<690, 84..<400)
    let ticks = Self.ticks(points.map { Double($0.y) })
    let (low, high) = (Float(ticks.first ?? 0), Float(ticks.last ?? 1))
    let (left, right) = (points.first?.x ?? 0, points.last?.x ?? 1)
    func place(_ point: SIMD2<Float>) -> SIMD2<Float> {
      let x = (point.x - left) / max(right - left, .leastNormalMagnitude)
      let y = (point.y - low) / max(high - low, .leastNormalMagnitude)
      return SIMD2(
        Float(columns.lowerBound) + x * Float(columns.count),
        Float(rows.upperBound) - y * Float(rows.count))
    }
    let light = FigureColor(repeating: 222)
    let line = TextStyle.plain.lineHeight
    page.write(title, x: 20, y: 12, style: .title, room: page.width - 40)
    page.write(yTitle, x: 20, y: 44, color: Figure.gray, room: page.width - 40)
    page.write(
      xTitle, x: (columns.lowerBound + columns.upperBound) / 2, y: 444, .center,
      room: columns.count)
    for tick in ticks {
      let y = Int(place(SIMD2(left, Float(tick))).y.rounded())
      page.fill(x: columns, y: y..<y + 1, light)
      page.write(
        brief(tick), x: columns.lowerBound - 10, y: y - line / 2, .right,
        room: columns.lowerBound - 14)
    }
    for (tick, name) in xTicks {
      let x = Int(place(SIMD2(tick, low)).x.rounded())
      page.fill(x: x..<x + 1, y: rows, light)
      page.write(name, x: x, y: rows.upperBound + 10, .center)
    }
    page.frame(x: columns, y: rows, color: Figure.gray)
    let color = ColorMap.viridis(0.35)
    page.line(through: points.map(place), width: 2.5, color: color)
    for point in points { page.dot(at: place(point), diameter: 8, color: color) }
    return page.image
  }

  /// Round numbers that enclose the values, about five steps of 1, 2 or 5 · 10ⁿ.
  static func ticks(_ values: [Double]) -> [Double] {
    guard let low = values.min(), let high = values.max() else { return [0, 1] }
    // A line without any rise is drawn in the middle.
    let spread = max(high - low, max(abs(low), abs(high)) * 1e-3, 1e-6)
    let power = pow(10, log10(spread / 4).rounded(.down))
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= spread / 4 } ?? power
    let first = ((high + low - spread) / 2 / step).rounded(.down)
    let last = ((high + low + spread) / 2 / step).rounded(.up)
    return stride(from: first, through: last, by: 1).map { $0 * step }
  }
}
