// Between luma, RGB and RGB with alpha.

extension PixelImage {
  /// The image with another number of channels; itself if it has that number.
  ///
  /// To luma: L = (19595 R + 38470 G + 7471 B + 2¹⁵) / 2¹⁶, the weights 0.299, 0.587 and 0.114 of ITU-R
  /// Rec. 601 as PIL's `convert("L")` rounds them. From luma: replicated. Alpha is dropped, not blended;
  /// an image without alpha is opaque (255).
  /// - Precondition: `target` is 1, 3 or 4.
  public func converted(to target: Int) -> PixelImage {
    guard target != channels else { return self }
    let source = channels
    let count = height * width
    let result = [UInt8](unsafeUninitializedCapacity: count * target) { bytes, initialized in
      pixels.withUnsafeBufferPointer { pixels in
        for pixel in 0..<count {
          let from = pixel * source
          let red = pixels[from]
          let (green, blue) = source == 1 ? (red, red) : (pixels[from + 1], pixels[from + 2])
          if target == 1 {
            bytes[pixel] = luma(red, green, blue)
          } else {
            let to = pixel * target
            (bytes[to], bytes[to + 1], bytes[to + 2]) = (red, green, blue)
            if target == 4 { bytes[to + 3] = 255 }
          }
        }
      }
      initialized = count * target
    }
    return PixelImage(
      height: height, width: width, channels: target, pixels: result, damage: damage)
  }
}

@inline(__always)
private func luma(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
  let sum = 19595 * UInt32(red) + 38470 * UInt32(green) + 7471 * UInt32(blue)
  return UInt8(truncatingIfNeeded: (sum + 0x8000) >> 16)
}
