// Images in another size, for figures and stretched copies. Not the resize of the model.

import ImageCodecs

/// Bilinear resizing, with the triangle widened when shrinking so that no pixel is left out (PIL's
/// `BILINEAR`). Sizes along the two axes are free.
enum TriangleResizer {
  /// - Precondition: both sizes are positive.
  /// - Cost: two passes, 6 · (1 + shrinking factor) FLOPs per pixel of the result of each.
  static func resize(_ image: PixelImage, height: Int, width: Int) -> PixelImage {
    if (height, width) == (image.height, image.width) { return image }
    let across = taps(from: image.width, to: width)
    let down = taps(from: image.height, to: height)
    var rows = [Float](repeating: 0, count: image.height * width * 3)
    var result = [UInt8](repeating: 0, count: height * width * 3)
    rows.withUnsafeMutableBufferPointer { rows in
      image.pixels.withUnsafeBufferPointer { source in
        for y in 0..<image.height {
          for x in 0..<width {
            var sum = SIMD3<Float>.zero
            var at = (y * image.width + across[x].first) * 3
            for weight in across[x].weights {
              let pixel = SIMD3(Float(source[at]), Float(source[at + 1]), Float(source[at + 2]))
              sum += weight * pixel
              at += 3
            }
            for channel in 0..<3 { rows[(y * width + x) * 3 + channel] = sum[channel] }
          }
        }
      }
      var line = [Float](repeating: 0, count: width * 3)
      for y in 0..<height {
        for i in line.indices { line[i] = 0.5 }
        for (tap, weight) in down[y].weights.enumerated() {
          let source = (down[y].first + tap) * width * 3
          for i in line.indices { line[i] += weight * rows[source + i] }
        }
        for i in line.indices { result[y * width * 3 + i] = UInt8(max(0, min(255, line[i]))) }
      }
    }
    return PixelImage(height: height, width: width, pixels: result)
  }

  /// The image with its longer side at `side`.
  static func resize(_ image: PixelImage, longerSide side: Int) -> PixelImage {
    let factor = Double(side) / Double(max(image.height, image.width))
    func scaled(_ length: Int) -> Int { max(1, Int((Double(length) * factor).rounded())) }
    return resize(image, height: scaled(image.height), width: scaled(image.width))
  }

  /// First input pixel and weights of each output pixel.
  private static func taps(from input: Int, to output: Int) -> [(first: Int, weights: [Float])] {
    let step = Float(input) / Float(output)
    let reach = max(1, step)
    return (0..<output).map { x in
      let center = (Float(x) + 0.5) * step
      let first = max(0, Int(center - reach + 0.5))
      let end = min(input, max(first + 1, Int(center + reach + 0.5)))
      let weights = (first..<end).map { max(0, 1 - abs(Float($0) + 0.5 - center) / reach) }
      let total = weights.reduce(0, +)
      return (first, total > 0 ? weights.map { $0 / total } : [1])
    }
  }
}
