// How a camera was held: tag 0x0112 in the EXIF segment (APP1) of a JPEG file, and the turn it asks for.
// Exif 2.32, section 4.6; the segment holds a TIFF 6.0 header and a first directory.

/// The eight orientations of EXIF: where the stored image's first row and column are to be shown.
public enum ExifOrientation: Int, Sendable, Codable, CaseIterable {
  case upright = 1
  case mirrored, turnedAround, flipped
  /// Mirrored at the main diagonal.
  case transposed
  /// To be turned by 90° clockwise.
  case turnedLeft
  /// Mirrored at the other diagonal.
  case transversed
  /// To be turned by 90° counterclockwise.
  case turnedRight

  /// Whether height and width change places.
  public var swapsSides: Bool { rawValue > 4 }

  /// The orientation in a TIFF structure; nil if it has none that is well-formed. Never throws: a broken
  /// EXIF segment says nothing about the image.
  /// - Parameters: base, end: where the structure begins and its segment ends, as the file says.
  init?(_ reader: ByteReader, tiffFrom base: Int, to end: Int) {
    guard let value = TIFFDirectory(reader, from: base, to: end)?[0x0112] else { return nil }
    self.init(rawValue: value)
  }
}

extension PixelImage {
  /// The image as EXIF wants it shown.
  /// - Cost: one pass over the pixels; a second image in memory meanwhile.
  func turned(_ orientation: ExifOrientation) -> PixelImage {
    if orientation == .upright { return self }
    let (rows, columns) = orientation.swapsSides ? (width, height) : (height, width)
    let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, count in
      count = pixels.count
      pixels.withUnsafeBufferPointer { source in
        for y in 0..<rows {
          for x in 0..<columns {
            let (row, column) = origin(ofRow: y, column: x, orientation)
            let (from, to) = (
              (row * width + column) * channels, (y * columns + x) * channels
            )
            for channel in 0..<channels { target[to + channel] = source[from + channel] }
          }
        }
      }
    }
    return PixelImage(
      height: rows, width: columns, channels: channels, pixels: turned, damage: damage)
  }

  /// Where a shown pixel lies in the stored image.
  private func origin(
    ofRow y: Int, column x: Int, _ orientation: ExifOrientation
  ) -> (row: Int, column: Int) {
    switch orientation {
    case .upright: (y, x)
    case .mirrored: (y, width - 1 - x)
    case .turnedAround: (height - 1 - y, width - 1 - x)
    case .flipped: (height - 1 - y, x)
    case .transposed: (x, y)
    case .turnedLeft: (height - 1 - x, y)
    case .transversed: (height - 1 - x, width - 1 - y)
    case .turnedRight: (x, width - 1 - y)
    }
  }
}
