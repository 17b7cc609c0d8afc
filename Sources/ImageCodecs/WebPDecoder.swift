// WebP by libwebp: still images, lossy and lossless.

import CWebP

enum WebPDecoder {
  /// Size from the first chunks; nil when the bytes end before it is known.
  static func header(_ reader: ByteReader) throws(ImageError) -> ImageHeader? {
    var features = WebPBitstreamFeatures()
    let status = WebPGetFeatures(
      reader.bytes.bindMemory(to: UInt8.self).baseAddress, reader.count, &features)
    if status == VP8_STATUS_NOT_ENOUGH_DATA { return nil }
    guard status == VP8_STATUS_OK else { throw failure(status) }
    guard features.has_animation == 0 else {
      throw ImageError(
        .unsupported(
          type: "an animated WebP file", remedy: "take one image of it, for example with `webpmux`")
      )
    }
    return ImageHeader(
      format: .webp, width: Int(features.width), height: Int(features.height),
      channels: features.has_alpha != 0 ? 4 : 3)
  }

  /// Decodes a whole file whose header was checked.
  ///
  /// Four channels, with the file's alpha or 255, if `options` ask for them; otherwise three, alpha dropped.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, header: ImageHeader, options: DecodeOptions
  ) throws(ImageError) -> PixelImage {
    var configuration = WebPDecoderConfig()
    guard WebPInitDecoderConfig(&configuration) != 0 else {
      throw ImageError(.damaged(.webp, detail: "the WebP library is of another version"))
    }
    let channels = options.channels == 4 ? 4 : 3
    var pixels = [UInt8](repeating: 0, count: header.width * header.height * channels)
    var rowCount: CInt = 0
    let status = pixels.withUnsafeMutableBufferPointer { target in
      configuration.output.colorspace = channels == 4 ? MODE_RGBA : MODE_RGB
      configuration.output.is_external_memory = 1
      configuration.output.u.RGBA.rgba = target.baseAddress
      configuration.output.u.RGBA.stride = CInt(header.width * channels)
      configuration.output.u.RGBA.size = target.count
      let input = bytes.bindMemory(to: UInt8.self).baseAddress
      guard options.salvages else { return WebPDecode(input, bytes.count, &configuration) }
      // The decoder for files that are still coming in knows how many rows are there.
      guard let decoder = WebPIDecode(nil, 0, &configuration) else {
        return VP8_STATUS_OUT_OF_MEMORY
      }
      defer { WebPIDelete(decoder) }
      let status = WebPIUpdate(decoder, input, bytes.count)
      WebPIDecGetRGB(decoder, &rowCount, nil, nil, nil)
      return status
    }
    let damage = status == VP8_STATUS_OK ? nil : failure(status)
    if let damage, !options.salvages || rowCount == 0 { throw damage }
    return PixelImage(
      height: header.height, width: header.width, channels: channels, pixels: pixels,
      damage: damage.map { "\($0.reason.detail), at row \(rowCount) of \(header.height)" })
  }

  private static func failure(_ status: VP8StatusCode) -> ImageError {
    if status == VP8_STATUS_NOT_ENOUGH_DATA || status == VP8_STATUS_SUSPENDED {
      return ImageError(.truncated(.webp, detail: "the image data is incomplete"))
    }
    let names = [
      VP8_STATUS_OUT_OF_MEMORY.rawValue: "no memory",
      VP8_STATUS_UNSUPPORTED_FEATURE.rawValue: "a feature that the library lacks",
    ]
    return ImageError(
      .damaged(.webp, detail: names[status.rawValue] ?? "the bit stream is not valid"))
  }
}
