// Binary portable pixel maps (P6) and gray maps (P5), with 8 or 16 bits per sample.

enum NetpbmReader {
  private struct Layout {
    var width: Int
    var height: Int
    var channels: Int
    var maximum: Int
    var dataOffset: Int
  }

  static func header(_ reader: ByteReader) throws(ImageError) -> ImageHeader? {
    try layout(reader).map {
      ImageHeader(format: .netpbm, width: $0.width, height: $0.height, channels: $0.channels)
    }
  }

  static func decode(
    _ reader: ByteReader, options: DecodeOptions
  ) throws(ImageError) -> PixelImage {
    guard let layout = try layout(reader) else {
      throw ImageError(.truncated(.netpbm, detail: "no complete header"))
    }
    let count = layout.width * layout.height
    let sampleBytes = layout.maximum > 255 ? 2 : 1
    let pixelBytes = layout.channels * sampleBytes
    let needed = layout.dataOffset + count * pixelBytes
    let damage = needed <= reader.count ? nil : "\(reader.count) of \(needed) bytes"
    let present = min(count, (reader.count - layout.dataOffset) / pixelBytes)
    if let damage, !options.salvages || present == 0 {
      throw ImageError(.truncated(.netpbm, detail: damage))
    }
    // Samples 0 ... maximum to 0 ... 255, rounded; samples above the maximum count as the maximum.
    let scaled = (0...layout.maximum).map { sample in
      UInt8((sample * 255 + layout.maximum / 2) / layout.maximum)
    }
    var pixels = [UInt8](repeating: 0, count: count * 3)
    // Missing pixels of a truncated file, which is being salvaged, stay black.
    for pixel in 0..<present {
      for channel in 0..<3 {
        let index = pixel * layout.channels + (layout.channels == 3 ? channel : 0)
        let offset = layout.dataOffset + index * sampleBytes
        let high = Int(reader.bytes[offset])
        let sample = sampleBytes == 1 ? high : high << 8 | Int(reader.bytes[offset + 1])
        pixels[pixel * 3 + channel] = scaled[min(sample, layout.maximum)]
      }
    }
    return PixelImage(
      height: layout.height, width: layout.width, pixels: pixels, damage: damage)
  }

  /// "P6", width, height and maximum between white space and comments, one white space, samples.
  private static func layout(_ reader: ByteReader) throws(ImageError) -> Layout? {
    guard let kind = reader.byte(1) else { return nil }
    var offset = 2
    guard let width = try number(reader, &offset), let height = try number(reader, &offset),
      let maximum = try number(reader, &offset), reader.byte(offset) != nil
    else { return nil }
    guard (1...65_535).contains(maximum) else {
      throw ImageError(.damaged(.netpbm, detail: "a largest sample of \(maximum)"))
    }
    return Layout(
      width: width, height: height, channels: kind == 0x36 ? 3 : 1, maximum: maximum,
      dataOffset: offset + 1)
  }

  /// The next decimal number; nil when the bytes end first. Nine digits at most, so that products of
  /// two cannot overflow.
  private static func number(_ reader: ByteReader, _ offset: inout Int) throws(ImageError) -> Int? {
    var isComment = false
    while let byte = reader.byte(offset) {
      if byte == 0x23 { isComment = true }
      if isComment {
        if byte == 0x0A || byte == 0x0D { isComment = false }
      } else if ![0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D].contains(byte) {
        break
      }
      offset += 1
    }
    var value = 0
    let start = offset
    while let byte = reader.byte(offset), (0x30...0x39).contains(byte) {
      value = value * 10 + byte - 0x30
      offset += 1
      if offset - start > 9 { throw ImageError(.damaged(.netpbm, detail: "a number too long")) }
    }
    guard reader.byte(offset) != nil else { return nil }
    if offset == start {
      throw ImageError(.damaged(.netpbm, detail: "expected a number at byte \(offset)"))
    }
    return value
  }
}
