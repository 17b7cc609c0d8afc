// JPEG by libjpeg-turbo. Every warning of the library is looked at, not only the last.

import CJPEG

enum JPEGDecoder {
  /// Decodes a whole file whose header was checked.
  ///
  /// A warning that changes no pixel is passed over (`cjpeg_is_harmless` lists them); any other means
  /// that image data is missing or wrong, and the file is refused unless `options.acceptsDamage`.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, header: ImageHeader, options: DecodeOptions
  ) throws(ImageError) -> PixelImage {
    guard let markers = try JPEGHeader.parse(ByteReader(bytes: bytes), untilScan: true),
      markers.reachesScan
    else {
      throw ImageError(.truncated(.jpeg, detail: "no image data in \(bytes.count) bytes"))
    }
    let file = JPEGBytes(bytes: bytes, isFast: options.cosineTransform == .fast)
    let found = try file.readHeader()
    // The library may find another frame than our walk over the markers in a hostile file.
    try options.check(
      ImageHeader(
        format: .jpeg, width: found.width, height: found.height, channels: header.channels))
    var pixels = [UInt8](
      repeating: 0, count: found.width * found.height * found.components)
    let damage = try file.decode(into: &pixels, like: found)
    if let damage, !options.acceptsDamage { throw damage.error }
    if found.components == 4 {
      pixels = rgb(fromInks: pixels, isInverted: markers.hasAdobeMarker)
    }
    return PixelImage(
      height: found.height, width: found.width, pixels: pixels, damage: damage?.text)
  }

  /// CMYK to RGB as TensorFlow does: R = C · K / 255 of Adobe's inverted inks, likewise G and B.
  private static func rgb(fromInks inks: [UInt8], isInverted: Bool) -> [UInt8] {
    var pixels = [UInt8](repeating: 0, count: inks.count / 4 * 3)
    let invert: UInt8 = isInverted ? 0 : 255
    for pixel in 0..<inks.count / 4 {
      let black = Int(inks[pixel * 4 + 3] ^ invert)
      for channel in 0..<3 {
        let light = Int(inks[pixel * 4 + channel] ^ invert)
        pixels[pixel * 3 + channel] = UInt8(light * black / 255)
      }
    }
    return pixels
  }
}

/// What is wrong with a file.
private struct Damage {
  let text: String
  let isTruncated: Bool

  var error: ImageError {
    ImageError(
      isTruncated ? .truncated(.jpeg, detail: text) : .damaged(.jpeg, detail: text))
  }
}

/// Size and components that the library found.
private struct JPEGSize {
  let width: Int
  let height: Int
  let components: Int
}

/// The bytes of a file, and how they are to be decoded.
private struct JPEGBytes {
  let bytes: UnsafeRawBufferPointer
  let isFast: Bool

  func readHeader() throws(ImageError) -> JPEGSize {
    let report = try run(into: nil, width: 0, height: 0)
    return JPEGSize(
      width: Int(report.width), height: Int(report.height), components: Int(report.components))
  }

  /// Fills `pixels`; returns the first warning that matters, if there was one.
  func decode(
    into pixels: inout [UInt8], like size: JPEGSize
  ) throws(ImageError) -> Damage? {
    let report = try pixels.withUnsafeMutableBufferPointer { target throws(ImageError) in
      try run(into: target.baseAddress, width: size.width, height: size.height)
    }
    let text = Self.text(report.harmful)
    return text.isEmpty ? nil : Damage(text: text, isTruncated: report.is_truncated != 0)
  }

  private func run(
    into pixels: UnsafeMutablePointer<UInt8>?, width: Int, height: Int
  ) throws(ImageError) -> cjpeg_report {
    var report = cjpeg_report()
    let isDone = cjpeg_decode(
      bytes.bindMemory(to: UInt8.self).baseAddress, CUnsignedLong(bytes.count), isFast ? 1 : 0,
      CInt(width), CInt(height), pixels, &report)
    guard isDone != 0 else {
      throw Damage(text: Self.text(report.error), isTruncated: report.is_truncated != 0).error
    }
    return report
  }

  /// A text in a fixed array of C.
  private static func text(_ characters: some BitwiseCopyable) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
