// A map of attention over the picture of its scale.

import ImageCodecs
import Multiscale

/// How maps become colours.
public struct OverlayStyle: Equatable, Sendable {
  /// What the ends of the colour map stand for: smallest and largest share of the scale, or of all scales.
  public enum Normalization: String, CaseIterable, Sendable {
    case perScale = "per-scale"
    case joint
  }
  /// Between the centres of patches, or one colour per patch.
  public enum Interpolation: String, CaseIterable, Sendable { case smooth, patches }

  public var colours: ColourMap
  /// Opacity of the colours over the picture, from 0 to 1.
  public var alpha: Float
  public var normalization: Normalization
  public var interpolation: Interpolation

  public init(
    colours: ColourMap = .viridis, alpha: Float = 0.5, normalization: Normalization = .perScale,
    interpolation: Interpolation = .smooth
  ) {
    (self.colours, self.alpha) = (colours, alpha)
    (self.normalization, self.interpolation) = (normalization, interpolation)
  }

  /// The shares at the ends of the colour map.
  func range(of map: AttentionMap, among all: [AttentionMap]) -> ClosedRange<Float> {
    guard normalization == .joint else { return map.range }
    let ranges = all.filter { $0.scale.tokens > 0 }.map(\.range)
    let low = ranges.map(\.lowerBound).min() ?? 0
    return low...max(low, ranges.map(\.upperBound).max() ?? 0)
  }

  /// The picture in grey under the colours of `map`; patches that were not seen are hatched and have none.
  ///
  /// Grey, because a colour of the picture would be read as one of the map.
  /// - Parameter picture: the picture of the scale, in any size.
  func overlay(
    _ map: AttentionMap, on picture: PixelImage, range: ClosedRange<Float>
  ) -> PixelImage {
    var result = picture
    let span = range.upperBound - range.lowerBound
    let palette = (0..<256).map { colours(Float($0) / 255) }
    let rows = map.places(along: picture.height, vertical: true)
    let columns = map.places(along: picture.width, vertical: false)
    for y in 0..<picture.height {
      for x in 0..<picture.width {
        let at = (y * picture.width + x) * 3
        let grey =
          0.299 * Float(picture.pixels[at]) + 0.587 * Float(picture.pixels[at + 1])
          + 0.114 * Float(picture.pixels[at + 2])
        var colour = SIMD3<Float>(repeating: grey)
        if let share = map.share(rows[y], columns[x], smooth: interpolation == .smooth) {
          let position = span > 0 ? (share - range.lowerBound) / span : 0
          colour += (palette[Int(max(0, min(1, position)) * 255 + 0.5)] - colour) * alpha
        } else {
          colour = colour * 0.4 + SIMD3(repeating: (x + y) % 12 < 3 ? 40 : 150)
        }
        for channel in 0..<3 {
          result.pixels[at + channel] = UInt8(max(0, min(255, colour[channel])) + 0.5)
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
    /// The patch whose centre is the last before it, possibly −1, and the way to the next centre.
    let before: Int
    let way: Float
  }

  /// The places of `length` pixels that show the scale along one axis. The picture is centred in its patch
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

  /// The picture as the model sees it at this scale.
  func picture(of image: PixelImage) -> PixelImage {
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
