// JPEG by libjpeg-turbo's TurboJPEG interface, which reports errors by return codes.

import CTurboJPEG

enum JPEGDecoder {
  /// Decodes a whole file whose header was checked.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, header: ImageHeader, options: DecodeOptions
  ) throws(ImageError) -> PixelImage {
    guard let markers = try JPEGHeader.parse(ByteReader(bytes: bytes), untilScan: true),
      markers.reachesScan
    else {
      throw ImageError(.truncated(.jpeg, detail: "no picture data in \(bytes.count) bytes"))
    }
    let handle = try Handle()
    let (width, height, isFourInks) = try handle.readHeader(bytes)
    // The library may find another frame than our walk over the markers in a hostile file.
    try options.check(
      ImageHeader(format: .jpeg, width: width, height: height, channels: header.channels))

    // Fancy upsampling always: TJFLAG_FASTUPSAMPLE is never set. Scans are limited (to 500), because a
    // small progressive file can otherwise keep the decoder busy for hours.
    let transform = options.cosineTransform == .fast ? TJFLAG_FASTDCT : TJFLAG_ACCURATEDCT
    let flags = transform | TJFLAG_LIMITSCANS
    let channels = isFourInks ? 4 : 3
    var pixels = [UInt8](repeating: 0, count: width * height * channels)
    let format = isFourInks ? TJPF_CMYK : TJPF_RGB
    let damage = try handle.decompress(
      bytes, into: &pixels, width: width, height: height, format: format, flags: flags)
    if let damage, !options.acceptsDamage {
      guard damage.isExtraneousBytes else { throw damage.error }
      let first = try handle.firstWarning(
        bytes, like: pixels, width: width, height: height, format: format, flags: flags)
      guard first.isExtraneousBytes else { throw first.error }
    }
    if isFourInks {
      pixels = rgb(fromInks: pixels, isInverted: markers.hasAdobeMarker)
    }
    return PixelImage(height: height, width: width, pixels: pixels, damage: damage?.text)
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

/// A complaint of the decoder that did not stop it.
private struct Warning {
  let text: String

  /// Bytes between the end of the picture data and the next marker. They change no pixel and occur in
  /// many photographs; every other warning means that picture data is missing or wrong.
  var isExtraneousBytes: Bool { text.contains("extraneous bytes before marker") }

  var error: ImageError {
    text.contains("Premature end")
      ? ImageError(.truncated(.jpeg, detail: text)) : ImageError(.damaged(.jpeg, detail: text))
  }
}

/// One decompressor. It lives for one call, so threads never share one.
private struct Handle: ~Copyable {
  private let handle: tjhandle

  init() throws(ImageError) {
    guard let handle = tjInitDecompress() else {
      throw ImageError(.damaged(.jpeg, detail: "the JPEG library did not start"))
    }
    self.handle = handle
  }

  deinit { tjDestroy(handle) }

  /// Size of the picture, and whether it has four components.
  borrowing func readHeader(
    _ bytes: UnsafeRawBufferPointer
  ) throws(ImageError) -> (width: Int, height: Int, isFourInks: Bool) {
    var (width, height, subsampling, space): (CInt, CInt, CInt, CInt) = (0, 0, 0, 0)
    let result = tjDecompressHeader3(
      handle, bytes.bindMemory(to: UInt8.self).baseAddress, CUnsignedLong(bytes.count),
      &width, &height, &subsampling, &space)
    if result != 0 && !isWarning { throw failure() }
    guard width > 0, height > 0 else { throw failure() }
    let isFourInks =
      space == CInt(TJCS_CMYK.rawValue) || space == CInt(TJCS_YCCK.rawValue)
    return (Int(width), Int(height), isFourInks)
  }

  /// Fills `pixels`; returns the last warning, if there was one.
  borrowing func decompress(
    _ bytes: UnsafeRawBufferPointer, into pixels: inout [UInt8], width: Int, height: Int,
    format: TJPF, flags: CInt
  ) throws(ImageError) -> Warning? {
    let result = tjDecompress2(
      handle, bytes.bindMemory(to: UInt8.self).baseAddress, CUnsignedLong(bytes.count),
      &pixels, CInt(width), 0, CInt(height), CInt(format.rawValue), flags)
    if result == 0 { return nil }
    guard isWarning else { throw failure() }
    return Warning(text: message)
  }

  /// The first warning: decodes again and stops there. The library keeps only the last one.
  borrowing func firstWarning(
    _ bytes: UnsafeRawBufferPointer, like pixels: [UInt8], width: Int, height: Int,
    format: TJPF, flags: CInt
  ) throws(ImageError) -> Warning {
    var scratch = pixels
    _ = tjDecompress2(
      handle, bytes.bindMemory(to: UInt8.self).baseAddress, CUnsignedLong(bytes.count),
      &scratch, CInt(width), 0, CInt(height), CInt(format.rawValue), flags | TJFLAG_STOPONWARNING)
    return Warning(text: message)
  }

  private var isWarning: Bool { tjGetErrorCode(handle) == CInt(TJERR_WARNING.rawValue) }

  private var message: String {
    tjGetErrorStr2(handle).map { String(cString: $0) } ?? "no details"
  }

  private func failure() -> ImageError { Warning(text: message).error }
}
