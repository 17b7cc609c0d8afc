import Figures
import Testing

@Suite struct LineChartTests {
  /// Columns and rows of the coordinate system.
  private let columns = 110..<690
  private let rows = 84..<400

  @Test("the line passes through its points, and names stay on the page")
  func points() throws {
    let name = String(repeating: "Größe ", count: 60)
    let chart = LineChart(
      title: name, xTitle: name, yTitle: name, points: [[0, 0], [1, 1], [2, 0]])
    let image = try chart.figure()
    func isDrawn(x: Int, y: Int) -> Bool {
      let at = (y * image.width + x) * 3
      return image.pixels[at..<at + 3].contains { $0 < 128 }
    }
    let (left, right, center) = (columns.lowerBound, columns.upperBound, 400)
    #expect(isDrawn(x: left, y: rows.upperBound) && isDrawn(x: right, y: rows.upperBound))
    #expect(isDrawn(x: center, y: rows.lowerBound))
    #expect(isDrawn(x: (left + center) / 2, y: (rows.lowerBound + rows.upperBound) / 2))
    for y in 0..<image.height {
      for x in [0, 10, image.width - 11, image.width - 1] { #expect(!isDrawn(x: x, y: y)) }
    }
  }

  @Test("flat lines, single points and none are drawn, too", arguments: [0, 1, 2])
  func degenerate(count: Int) throws {
    let points = (0..<count).map { SIMD2(Float($0), Float(5)) }
    let image = try LineChart(title: "", xTitle: "", yTitle: "", points: points).figure()
    #expect((image.height, image.width) == (480, 720))
  }
}
