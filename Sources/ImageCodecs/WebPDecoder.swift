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
  /// - Parameter keepsAlpha: four channels, with the file's alpha or 255; otherwise three, alpha dropped.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, header: ImageHeader, keepsAlpha: Bool
  ) throws(ImageError) -> PixelImage {
    var configuration = WebPDecoderConfig()
    guard WebPInitDecoderConfig(&configuration) != 0 else {
      throw ImageError(.damaged(.webp, detail: "the WebP library is of another version"))
    }
    let channels = keepsAlpha ? 4 : 3
    var pixels = [UInt8](repeating: 0, count: header.width * header.height * channels)
    let status = pixels.withUnsafeMutableBufferPointer { target in
      configuration.output.colorspace = keepsAlpha ? MODE_RGBA : MODE_RGB
      configuration.output.is_external_memory = 1
      configuration.output.u.RGBA.rgba = target.baseAddress
      configuration.output.u.RGBA.stride = CInt(header.width * channels)
      configuration.output.u.RGBA.size = target.count
      return WebPDecode(
        bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, &configuration)
    }
    guard status == VP8_STATUS_OK else { throw failure(status) }
    return PixelImage(
      height: header.height, width: header.width, channels: channels, pixels: pixels)
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
