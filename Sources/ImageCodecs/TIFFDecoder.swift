// TIFF by libtiff: the first image of a file, in any of the library's compressions.

import CTIFF

enum TIFFDecoder {
  /// Size from the first directory; nil when the bytes end before it does.
  static func header(_ reader: ByteReader) throws(ImageError) -> ImageHeader? {
    guard let directory = TIFFDirectory(reader, from: 0, to: reader.count) else { return nil }
    // The first image of a camera's raw file is a small preview: right bytes, wrong image.
    let isPreview = (directory[254] ?? 0) & 1 == 1
    guard !isPreview, directory[50_706] == nil, !reader.has("CR", at: 8) else {
      throw ImageError(
        .unsupported(type: "a camera raw file", remedy: "develop it to JPEG, PNG or TIFF first"))
    }
    guard let width = directory[256], let height = directory[257] else {
      throw ImageError(.damaged(.tiff, detail: "no width or height in its first directory"))
    }
    return ImageHeader(
      format: .tiff, width: width, height: height, channels: min(directory[277] ?? 1, 4))
  }

  /// Decodes the first image of a whole file whose header was checked.
  ///
  /// Four channels, with the file's alpha or 255, if `options` ask for them; otherwise three.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, header: ImageHeader, options: DecodeOptions
  ) throws(ImageError) -> PixelImage {
    let count = header.width * header.height
    var packed = [UInt32](repeating: 0, count: count)
    let damage = try Salvage.decode(into: &packed, isWanted: options.salvages) { target in
      decode(bytes, header: header, stopsAtErrors: !options.salvages, into: target)
    }
    let channels = options.channels == 4 ? 4 : 3
    var pixels = [UInt8](repeating: 0, count: count * channels)
    for (place, value) in packed.enumerated() {
      for channel in 0..<channels {
        pixels[place * channels + channel] = UInt8(truncatingIfNeeded: value >> (8 * channel))
      }
    }
    return PixelImage(
      height: header.height, width: header.width, channels: channels, pixels: pixels,
      damage: damage)
  }

  /// Fills `target` with packed pixels.
  private static func decode(
    _ bytes: UnsafeRawBufferPointer, header: ImageHeader, stopsAtErrors: Bool,
    into target: UnsafeMutableBufferPointer<UInt32>
  ) -> ImageError? {
    // The library keeps a pointer to the source.
    let source = UnsafeMutablePointer<ctiff_source>.allocate(capacity: 1)
    defer { source.deallocate() }
    source.initialize(to: ctiff_source())
    source.pointee.bytes = bytes.bindMemory(to: UInt8.self).baseAddress
    source.pointee.count = toff_t(bytes.count)
    guard let file = ctiff_open(source, tmsize_t(8 * target.count + 64 << 20)) else {
      return failure(source)
    }
    defer { TIFFClose(file) }
    ctiff_keep_colors(file)
    let isComplete = TIFFReadRGBAImageOriented(
      file, UInt32(header.width), UInt32(header.height), target.baseAddress,
      ORIENTATION_TOPLEFT, stopsAtErrors ? 1 : 0)
    return isComplete != 0 && source.pointee.error.0 == 0 ? nil : failure(source)
  }

  private static func failure(_ source: UnsafeMutablePointer<ctiff_source>) -> ImageError {
    let text = withUnsafeBytes(of: source.pointee.error) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return ImageError(.damaged(.tiff, detail: text.isEmpty ? "no details" : text))
  }
}
