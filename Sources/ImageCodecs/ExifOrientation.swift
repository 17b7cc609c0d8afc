// How a camera was held: tag 0x0112 in the EXIF segment (APP1) of a JPEG file, and the turn it asks for.
// Exif 2.32, section 4.6; the segment holds a TIFF 6.0 header and a first directory.

/// The eight orientations of EXIF: where the stored picture's first row and column are to be shown.
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
  /// EXIF segment says nothing about the picture.
  /// - Parameters: base, end: where the structure begins and its segment ends, as the file says.
  init?(_ reader: ByteReader, tiffFrom base: Int, to end: Int) {
    guard base >= 0, base + 8 <= end, end <= reader.count else { return nil }
    let isLittle: Bool
    if reader.has("II", at: base) {
      isLittle = true
    } else if reader.has("MM", at: base) {
      isLittle = false
    } else {
      return nil
    }
    func short(_ offset: Int) -> Int? {
      guard offset >= base, offset + 2 <= end else { return nil }
      return isLittle ? reader.little16(offset) : reader.big16(offset)
    }
    func long(_ offset: Int) -> Int? {
      guard offset >= base, offset + 4 <= end else { return nil }
      return isLittle ? reader.little32(offset) : reader.big32(offset)
    }
    guard short(base + 2) == 42, let first = long(base + 4), let entries = short(base + first)
    else { return nil }
    for entry in 0..<entries {
      // Tag, type, count, value: 2 + 2 + 4 + 4 bytes.
      let place = base + first + 2 + 12 * entry
      guard let tag = short(place) else { return nil }
      guard tag == 0x0112 else { continue }
      guard short(place + 2) == 3, long(place + 4) == 1, let value = short(place + 8) else {
        return nil
      }
      self.init(rawValue: value)
      return
    }
    return nil
  }
}

extension PixelImage {
  /// The picture as EXIF wants it shown.
  /// - Cost: one pass over the pixels; a second picture in memory meanwhile.
  func turned(_ orientation: ExifOrientation) -> PixelImage {
    if orientation == .upright { return self }
    let (rows, columns) = orientation.swapsSides ? (width, height) : (height, width)
    let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, count in
      count = pixels.count
      pixels.withUnsafeBufferPointer { source in
        for y in 0..<rows {
          for x in 0..<columns {
            let (row, column) = origin(ofRow: y, column: x, orientation)
            let (from, to) = ((row * width + column) * 3, (y * columns + x) * 3)
            for channel in 0..<3 { target[to + channel] = source[from + channel] }
          }
        }
      }
    }
    return PixelImage(height: rows, width: columns, pixels: turned, damage: damage)
  }

  /// Where a shown pixel lies in the stored picture.
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
