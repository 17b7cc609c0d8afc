// The score of one image stretched to other aspect ratios (figure 3 of the paper): a model that sees
// composition should like distorted copies less.

import Foundation
import Figures
import ImageCodecs

/// Verdicts on stretched copies of one image.
public struct AspectCurve: Sendable {
  public struct Point: Sendable, Equatable {
    /// Width over height, relative to the image's own.
    public let stretch: Double
    public let height: Int
    public let width: Int
    public let value: Float
  }

  public let points: [Point]
  /// "score", or the class whose probability it is.
  public let quantity: String

  /// A quarter to four times the aspect ratio, four steps to a doubling.
  static let stretches = (-8...8).map { pow(2, Double($0) / 4) }

  /// Judges copies of about the same number of pixels: width · √s, height / √s, resized bilinearly.
  /// - Throws: as `Explainer.explain`.
  /// - Cost: 17 forward passes.
  public init(_ explainer: Explainer, _ image: PixelImage) throws {
    let own = try explainer.verdict(on: image)
    quantity =
      if case .probability(_, _, let name) = own { "probability of \(name)" } else { "score" }
    points = try Self.stretches.map { stretch in
      let height = max(1, Int((Double(image.height) / stretch.squareRoot()).rounded()))
      let width = max(1, Int((Double(image.width) * stretch.squareRoot()).rounded()))
      let copy = TriangleResizer.resize(image, height: height, width: width)
      return Point(
        stretch: stretch, height: height, width: width,
        value: try explainer.verdict(on: copy, as: own).value)
    }
  }

  /// `stretch,aspect,width,height,<score or probability>`, one line per copy.
  public var csv: String {
    let rows = points.map {
      String(
        format: "%.4f,%.4f,%d,%d,", $0.stretch, Double($0.width) / Double($0.height), $0.width,
        $0.height) + "\($0.value)\n"
    }
    let column = quantity == "score" ? "score" : "probability"
    return "stretch,aspect,width,height,\(column)\n" + rows.joined()
  }

  /// Score against stretch, on a logarithmic axis.
  /// - Throws: `FigureError`.
  public func figure(title: String) throws -> PixelImage {
    var chart = LineChart(
      title: title, xTitle: "aspect ratio / original", yTitle: quantity,
      points: points.map { SIMD2(Float(log2($0.stretch)), $0.value) })
    chart.xTicks = [(-2, "1/4"), (-1, "1/2"), (0, "1"), (1, "2"), (2, "4")]
    return try chart.figure()
  }
}
