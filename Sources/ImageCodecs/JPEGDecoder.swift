// JPEG by libjpeg-turbo. Every warning of the library is looked at, not only the last.

import CJPEG

enum JPEGDecoder {
  /// Decodes a whole file whose header was checked.
  ///
  /// A warning that changes no pixel is passed over (`cjpeg_is_harmless` lists them); any other means
  /// that image data is missing or wrong, and the file is refused unless `options.salvages`
  /// and some of it is there.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, header: ImageHeader, options: DecodeOptions
  ) throws(ImageError) -> PixelImage {
    guard let markers = try JPEGHeader.parse(ByteReader(bytes: bytes), untilScan: true),
      markers.reachesScan
    else {
      throw ImageError(.truncated(.jpeg, detail: "no image data in \(bytes.count) bytes"))
    }
    let components = header.channels == 4 ? 4 : 3
    var pixels = [UInt8](repeating: 0, count: header.width * header.height * components)
    var report = cjpeg_report()
    let isDone = pixels.withUnsafeMutableBufferPointer { target in
      cjpeg_decode(
        bytes.bindMemory(to: UInt8.self).baseAddress, CUnsignedLong(bytes.count),
        options.cosineTransform == .fast ? 1 : 0, CInt(header.width), CInt(header.height),
        CInt(components), target.baseAddress, &report)
    }
    guard isDone != 0 else { throw report.failure(text(report.error)) }
    let damage = damage(report, of: header)
    if let damage, !options.salvages || report.is_empty != 0 { throw report.failure(damage) }
    if components == 4 { pixels = rgb(fromInks: pixels, isInverted: markers.hasAdobeMarker) }
    return PixelImage(
      height: header.height, width: header.width, pixels: pixels, damage: damage)
  }

  /// The first warning that matters, and where it came.
  private static func damage(_ report: cjpeg_report, of header: ImageHeader) -> String? {
    let warning = text(report.harmful)
    if warning.isEmpty { return nil }
    return report.sound_rows > 0 && report.sound_rows < header.height
      ? "\(warning) at row \(report.sound_rows) of \(header.height)" : warning
  }

  /// A text in a fixed array of C.
  private static func text(_ characters: some BitwiseCopyable) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
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

extension cjpeg_report {
  fileprivate func failure(_ detail: String) -> ImageError {
    ImageError(
      is_truncated != 0 ? .truncated(.jpeg, detail: detail) : .damaged(.jpeg, detail: detail))
  }
}
