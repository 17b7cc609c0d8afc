// Windows bitmaps: uncompressed 24 and 32 bits, and 8 bits with a palette.

enum BMPReader {
  private struct Layout {
    var width: Int
    var height: Int
    var isTopDown: Bool
    var bits: Int
    var paletteOffset: Int
    var paletteCount: Int
    var dataOffset: Int

    /// Rows are padded to whole 32-bit words.
    var stride: Int { (width * bits + 31) / 32 * 4 }
  }

  static func header(_ reader: ByteReader) throws(ImageError) -> ImageHeader? {
    try layout(reader).map {
      ImageHeader(format: .bmp, width: $0.width, height: $0.height, channels: $0.bits == 32 ? 4 : 3)
    }
  }

  static func decode(
    _ reader: ByteReader, options: DecodeOptions
  ) throws(ImageError) -> PixelImage {
    guard let layout = try layout(reader) else {
      throw ImageError(.truncated(.bmp, detail: "no complete header"))
    }
    let (width, height) = (layout.width, layout.height)
    let needed = layout.dataOffset + layout.stride * height
    var damage: String?
    if layout.dataOffset < 0 || needed > reader.count {
      damage = "\(reader.count) of \(needed) bytes"
    }
    let hasRows = layout.dataOffset >= 0 && layout.dataOffset + layout.stride <= reader.count
    if let damage, !options.salvages || !hasRows {
      throw ImageError(.truncated(.bmp, detail: damage))
    }
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    let step = layout.bits / 8
    for y in 0..<height {
      let row = layout.dataOffset + (layout.isTopDown ? y : height - 1 - y) * layout.stride
      // Missing rows of a truncated file, which is being salvaged, stay black.
      if row + layout.stride > reader.count { continue }
      for x in 0..<width {
        let source: Int
        if step == 1 {
          let index = Int(reader.bytes[row + x])
          guard index < layout.paletteCount else {
            throw ImageError(
              .damaged(.bmp, detail: "palette index \(index) of \(layout.paletteCount)"))
          }
          source = layout.paletteOffset + index * 4
          guard source + 2 < reader.count else {
            throw ImageError(.truncated(.bmp, detail: "the palette is incomplete"))
          }
        } else {
          source = row + x * step
        }
        let target = (y * width + x) * 3
        pixels[target] = reader.bytes[source + 2]
        pixels[target + 1] = reader.bytes[source + 1]
        pixels[target + 2] = reader.bytes[source]
      }
    }
    return PixelImage(height: height, width: width, pixels: pixels, damage: damage)
  }

  private static func layout(_ reader: ByteReader) throws(ImageError) -> Layout? {
    guard let dataOffset = reader.little32(10), let headerSize = reader.little32(14),
      let width = reader.little32(18), let height = reader.little32(22),
      let bits = reader.little16(28), let compression = reader.little32(30),
      let colors = reader.little32(46)
    else { return nil }
    guard (40...124).contains(headerSize) else {
      throw unsupported("a BMP with a \(headerSize)-byte header")
    }
    let signedHeight = Int(Int32(truncatingIfNeeded: height))
    let layout = Layout(
      width: Int(Int32(truncatingIfNeeded: width)), height: abs(signedHeight),
      isTopDown: signedHeight < 0, bits: bits, paletteOffset: 14 + headerSize,
      paletteCount: colors == 0 ? 256 : colors, dataOffset: dataOffset)
    switch (bits, compression) {
    case (8, 0), (24, 0), (32, 0): return layout
    case (32, 3):
      // Masks follow the 40-byte header, or are part of a longer one, at the same place.
      guard let red = reader.little32(54), let green = reader.little32(58),
        let blue = reader.little32(62)
      else { return nil }
      if red == 0xFF0000 && green == 0xFF00 && blue == 0xFF { return layout }
      throw unsupported("a BMP with unusual channel masks")
    case (_, 0): throw unsupported("a BMP with \(bits) bits per pixel")
    default: throw unsupported("a compressed BMP")
    }
  }

  private static func unsupported(_ type: String) -> ImageError {
    ImageError(
      .unsupported(type: type, remedy: "convert it, for example with `magick FILE FILE.png`"))
  }
}
