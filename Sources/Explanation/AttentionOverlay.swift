// A map of attention over the image of its scale.

import Figures
import ImageCodecs
import Multiscale

/// How maps become colors.
public struct OverlayStyle: Equatable, Sendable {
  /// What the ends of the color map stand for: smallest and largest share of the scale, or of all scales.
  public enum Normalization: String, CaseIterable, Sendable {
    case perScale = "per-scale"
    case joint
  }
  /// Between the centers of patches, or one color per patch.
  public enum Interpolation: String, CaseIterable, Sendable { case smooth, patches }

  public var colors: ColorMap
  /// Opacity of the colors over the image, from 0 to 1.
  public var alpha: Float
  public var normalization: Normalization
  public var interpolation: Interpolation

  public init(
    colors: ColorMap = .viridis, alpha: Float = 0.5, normalization: Normalization = .perScale,
    interpolation: Interpolation = .smooth
  ) {
    (self.colors, self.alpha) = (colors, alpha)
    (self.normalization, self.interpolation) = (normalization, interpolation)
  }

  /// The shares at the ends of the color map.
  func range(of map: AttentionMap, among all: [AttentionMap]) -> ClosedRange<Float> {
    guard normalization == .joint else { return map.range }
    let ranges = all.filter { $0.scale.tokens > 0 }.map(\.range)
    let low = ranges.map(\.lowerBound).min() ?? 0
    return low...max(low, ranges.map(\.upperBound).max() ?? 0)
  }

  /// The image in gray under the colors of `map`; patches that were not seen are hatched and have none.
  ///
  /// Gray, because a color of the image would be read as one of the map.
  /// - Parameter image: the image of the scale, in any size.
  func overlay(
    _ map: AttentionMap, on image: PixelImage, range: ClosedRange<Float>
  ) -> PixelImage {
    var result = image
    let span = range.upperBound - range.lowerBound
    let palette = (0..<256).map { colors(Float($0) / 255) }
    let rows = map.places(along: image.height, vertical: true)
    let columns = map.places(along: image.width, vertical: false)
    for y in 0..<image.height {
      for x in 0..<image.width {
        let at = (y * image.width + x) * 3
        let gray =
          0.299 * Float(image.pixels[at]) + 0.587 * Float(image.pixels[at + 1])
          + 0.114 * Float(image.pixels[at + 2])
        var color = SIMD3<Float>(repeating: gray)
        if let share = map.share(rows[y], columns[x], smooth: interpolation == .smooth) {
          let position = span > 0 ? (share - range.lowerBound) / span : 0
          color += (palette[Int(max(0, min(1, position)) * 255 + 0.5)] - color) * alpha
        } else {
          color = color * 0.4 + SIMD3(repeating: (x + y) % 12 < 3 ? 40 : 150)
        }
        for channel in 0..<3 {
          result.pixels[at + channel] = UInt8(max(0, min(255, color[channel])) + 0.5)
        }
      }
    }
    return result
  }
}

extension AttentionMap {
  /// Where a pixel lies among the patches along one axis.
  struct Place {
    /// The patch that holds it.
    let patch: Int
    /// The patch whose center is the last before it, possibly −1, and the way to the next center.
    let before: Int
    let way: Float
  }

  /// The places of `length` pixels that show the scale along one axis. The image is centered in its patch
  /// grid, ⌊half⌋ of the padding before it.
  func places(along length: Int, vertical: Bool) -> [Place] {
    let (size, count) = vertical ? (scale.height, scale.rows) : (scale.width, scale.columns)
    let padding = Float((count * patchSize - size) / 2)
    return (0..<length).map { pixel in
      let inScale = (Float(pixel) + 0.5) * Float(size) / Float(length)
      let place = (inScale + padding) / Float(patchSize)
      let before = (place - 0.5).rounded(.down)
      return Place(
        patch: min(count - 1, Int(place)), before: Int(before), way: place - 0.5 - before)
    }
  }

  /// The share to show at a place; nil where the patch was not seen. Smooth shares mix those of the four
  /// nearest patches that exist and were seen.
  func share(_ row: Place, _ column: Place, smooth: Bool) -> Float? {
    let own = row.patch * scale.columns + column.patch
    guard isSeen(own) else { return nil }
    guard smooth else { return values[own] }
    var (sum, total): (Float, Float) = (0, 0)
    for (r, rowWeight) in [(row.before, 1 - row.way), (row.before + 1, row.way)] {
      guard (0..<scale.rows).contains(r) else { continue }
      for (c, columnWeight) in [(column.before, 1 - column.way), (column.before + 1, column.way)] {
        let patch = r * scale.columns + c
        guard (0..<scale.columns).contains(c), isSeen(patch) else { continue }
        sum += rowWeight * columnWeight * values[patch]
        total += rowWeight * columnWeight
      }
    }
    return total > 0 ? sum / total : values[own]
  }

  /// The image as the model sees it at this scale.
  func view(of image: PixelImage) -> PixelImage {
    if name == "native" { return image }
    let resizer = GaussianResizer(
      height: image.height, width: image.width, targetHeight: scale.height,
      targetWidth: scale.width)
    var pixels = [UInt8](repeating: 0, count: scale.height * scale.width * 3)
    image.pixels.withUnsafeBufferPointer { source in
      guard let bytes = source.baseAddress else { return }
      resizer.forEachRow(of: bytes) { y, row in
        for i in 0..<scale.width * 3 {
          pixels[y * scale.width * 3 + i] = UInt8(max(0, min(255, (row[i] + 1) * 127.5 + 0.5)))
        }
      }
    }
    return PixelImage(height: scale.height, width: scale.width, pixels: pixels)
  }
}
