// Graded damage for quality data, and the score that goes with it.

import Tensors

#if canImport(Glibc)
  import Glibc
#endif

/// A kind of damage. Severity 0 leaves the image as it is, 1 spoils it.
enum Degradation: Int, CaseIterable, Sendable {
  case blur, noise, compression, resampling, haze

  /// The mean opinion score of a severity, the same for every kind: 92 − 80 · severity.
  static func meanOpinionScore(severity: Double) -> Double { 92 - 80 * severity }

  /// JPEG quality of the file: 2 + 48 (1 − severity)^2.5 for compressed images, 92 for all others.
  /// Above 50 nobody would see a difference.
  func quality(severity: Double) -> Int {
    self == .compression && severity > 0
      ? Int((2 + 48 * pow(1 - severity, 2.5)).rounded()) : 92
  }

  /// Damages the pixels; compression is left to the encoder. Lengths follow the longer side of the
  /// image, because images of any size are looked at in one size.
  func apply(severity: Double, to canvas: inout Canvas, from random: inout RandomStream) {
    let longer = Double(max(canvas.height, canvas.width))
    switch self {
    case .blur: canvas.blur(deviation: Float(0.012 * longer * pow(severity, 1.3)))
    case .noise:
      addNoise(deviation: Float(60 * pow(severity, 1.2)), to: &canvas, from: &random)
    case .compression: break
    case .resampling:
      canvas.resample(factor: Float(1 + 0.02 * longer * pow(severity, 1.3)))
    case .haze: canvas.veil(Float(0.9 * severity))
    }
  }
}

extension Canvas {
  /// Gaussian blur, borders repeated.
  mutating func blur(deviation: Float) {
    guard deviation > 0.05 else { return }
    let radius = max(1, Int((3 * deviation).rounded(.up)))
    var weights = (-radius...radius).map { tap in
      expf(-Float(tap * tap) / (2 * deviation * deviation))
    }
    let sum = weights.reduce(0, +)
    for index in weights.indices { weights[index] /= sum }
    for isAcross in [true, false] {
      var result = pixels
      let limit = isAcross ? width - 1 : height - 1
      for y in 0..<height {
        for x in 0..<width {
          var total = Color.zero
          for (index, weight) in weights.enumerated() {
            let place = max(0, min(limit, (isAcross ? x : y) + index - radius))
            total += weight * pixels[isAcross ? y * width + place : place * width + x]
          }
          result[y * width + x] = total
        }
      }
      pixels = result
    }
  }

  /// Shrinks by `factor` (means over areas) and enlarges again (bilinear).
  mutating func resample(factor: Float) {
    let (rows, columns) = (max(2, Int(Float(height) / factor)), max(2, Int(Float(width) / factor)))
    guard rows < height || columns < width else { return }
    var small = [Color](repeating: .zero, count: rows * columns)
    for row in 0..<rows {
      let vertical = row * height / rows..<(row + 1) * height / rows
      for column in 0..<columns {
        let horizontal = column * width / columns..<(column + 1) * width / columns
        var total = Color.zero
        for y in vertical { for x in horizontal { total += pixels[y * width + x] } }
        small[row * columns + column] = total / Float(vertical.count * horizontal.count)
      }
    }
    func place(_ index: Int, _ from: Int, _ to: Int) -> (Int, Int, Float) {
      let position = (Float(index) + 0.5) * Float(from) / Float(to) - 0.5
      let limited = max(0, min(Float(from - 1), position))
      let first = min(from - 2, Int(limited))
      return (first, first + 1, limited - Float(first))
    }
    for y in 0..<height {
      let (top, bottom, down) = place(y, rows, height)
      for x in 0..<width {
        let (left, right, across) = place(x, columns, width)
        let upper = mix(small[top * columns + left], small[top * columns + right], across)
        let lower = mix(small[bottom * columns + left], small[bottom * columns + right], across)
        pixels[y * width + x] = mix(upper, lower, down)
      }
    }
  }

  /// Mixes all colors with bright gray, as fog or stray light do: less contrast, and brighter. (A
  /// loss of contrast around mid-gray alone is invisible to a network that normalizes every patch.)
  mutating func veil(_ amount: Float) {
    let light = Color(repeating: 225)
    for index in pixels.indices { pixels[index] = mix(pixels[index], light, amount) }
  }
}
