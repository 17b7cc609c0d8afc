// PNG by libpng's simplified interface, which keeps its longjmp to itself.

import CPNG

enum PNGDecoder {
  /// Size from the IHDR chunk; nil when the bytes end before it does.
  static func header(_ reader: ByteReader) throws(ImageError) -> ImageHeader? {
    guard let width = reader.big32(16), let height = reader.big32(20), let kind = reader.byte(25)
    else { return nil }
    guard reader.big32(8) == 13, reader.has("IHDR", at: 12) else {
      throw ImageError(.damaged(.png, detail: "the first chunk is not IHDR"))
    }
    guard let channels = [0: 1, 2: 3, 3: 3, 4: 2, 6: 4][kind] else {
      throw ImageError(.damaged(.png, detail: "color type \(kind)"))
    }
    return ImageHeader(format: .png, width: width, height: height, channels: channels)
  }

  /// Decodes a whole file whose header was checked.
  ///
  /// Four channels, with the file's transparency or 255, if `options` ask for them; otherwise three.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, header: ImageHeader, options: DecodeOptions
  ) throws(ImageError) -> PixelImage {
    let keepsAlpha = options.channels == 4
    let (essential, damage) = try essentialChunks(
      ByteReader(bytes: bytes), keepsAlpha: keepsAlpha, salvages: options.salvages)
    // Asked for three channels, the library would blend transparent pixels over a background.
    let hasAlpha = keepsAlpha || header.channels == 2 || header.channels == 4
    let count = header.width * header.height
    var pixels = [UInt8](repeating: 0, count: count * (hasAlpha ? 4 : 3))
    let failure = try Salvage.decode(into: &pixels, isWanted: options.salvages) { target in
      decode(essential, header: header, hasAlpha: hasAlpha, into: target)
    }
    if hasAlpha && !keepsAlpha {
      for pixel in 0..<count {
        for channel in 0..<3 { pixels[pixel * 3 + channel] = pixels[pixel * 4 + channel] }
      }
      pixels.removeLast(count)
    }
    return PixelImage(
      height: header.height, width: header.width, channels: keepsAlpha ? 4 : 3, pixels: pixels,
      damage: damage ?? failure)
  }

  /// Fills `target` with all rows, or with those in front of what is wrong. The library keeps both
  /// pointers between its two calls.
  private static func decode(
    _ bytes: [UInt8], header: ImageHeader, hasAlpha: Bool,
    into target: UnsafeMutableBufferPointer<UInt8>
  ) -> ImageError? {
    let control = PNGControl()
    let image = control.image
    return bytes.withUnsafeBytes { bytes in
      guard png_image_begin_read_from_memory(image, bytes.baseAddress, bytes.count) != 0 else {
        return failure(image)
      }
      guard Int(image.pointee.width) == header.width, Int(image.pointee.height) == header.height
      else { return ImageError(.damaged(.png, detail: "two different sizes")) }
      // Without this flag 16-bit samples would be taken for linear light and gamma-encoded; with it
      // they are only rounded to 8 bits, (v + 128) / 257.
      image.pointee.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
      image.pointee.format = png_uint_32(PNG_FORMAT_RGB | (hasAlpha ? PNG_FORMAT_FLAG_ALPHA : 0))
      return png_image_finish_read(image, nil, target.baseAddress, 0, nil) != 0
        ? nil : failure(image)
    }
  }

  /// The file with only its IHDR, PLTE, IDAT and IEND chunks, and tRNS if alpha is wanted.
  ///
  /// Gamma and color profiles would change samples, transparency would be blended where alpha is
  /// not asked for, and text and profile chunks can be decompression bombs; none of them is wanted here.
  /// - Returns: with what is missing of the file, if `salvages`.
  private static func essentialChunks(
    _ reader: ByteReader, keepsAlpha: Bool, salvages: Bool
  ) throws(ImageError) -> (chunks: [UInt8], damage: String?) {
    var kept = Array(reader.bytes.prefix(8))
    kept.reserveCapacity(reader.count)
    var offset = 8
    while true {
      guard let length = reader.big32(offset), let first = reader.byte(offset + 4) else {
        let damage = "no IEND chunk in \(reader.count) bytes"
        if salvages { return (kept, damage) }
        throw ImageError(.truncated(.png, detail: damage))
      }
      let end = offset + 12 + length
      guard end <= reader.count else {
        let damage = "a chunk ends at byte \(end) of \(reader.count)"
        // With its true length, because the library reads whole chunks; it will miss the checksum.
        if salvages { return (kept + shortened(reader, chunkAt: offset), damage) }
        throw ImageError(.truncated(.png, detail: damage))
      }
      let isEnd = reader.has("IEND", at: offset + 4)
      let isKnown =
        isEnd || reader.has("IHDR", at: offset + 4) || reader.has("PLTE", at: offset + 4)
        || reader.has("IDAT", at: offset + 4)
        || (keepsAlpha && reader.has("tRNS", at: offset + 4))
      if isKnown {
        kept += reader.bytes[offset..<end]
      } else if first & 0x20 == 0 {
        throw ImageError(.damaged(.png, detail: "an unknown critical chunk at byte \(offset)"))
      }
      if isEnd { return (kept, nil) }
      offset = end
    }
  }

  /// A chunk that the file cuts short, as long as it is, without a valid checksum.
  private static func shortened(_ reader: ByteReader, chunkAt offset: Int) -> [UInt8] {
    let content = reader.bytes[min(offset + 8, reader.count)...]
    let length = withUnsafeBytes(of: UInt32(content.count).bigEndian, Array.init)
    return length + reader.bytes[offset + 4..<min(offset + 8, reader.count)] + content
      + [0, 0, 0, 0]
  }

  private static func failure(_ image: UnsafeMutablePointer<png_image>) -> ImageError {
    ImageError(.damaged(.png, detail: PNGControl.message(of: image)))
  }
}

/// The library's control block, at an address that does not change: it keeps a pointer to it.
struct PNGControl: ~Copyable {
  let image: UnsafeMutablePointer<png_image>

  init() {
    image = .allocate(capacity: 1)
    image.initialize(to: png_image())
    image.pointee.version = png_uint_32(PNG_IMAGE_VERSION)
  }

  deinit {
    png_image_free(image)
    image.deallocate()
  }

  /// What the library said last.
  static func message(of image: UnsafeMutablePointer<png_image>) -> String {
    withUnsafeBytes(of: &image.pointee.message) { bytes in
      let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      return text.isEmpty ? "no details" : text
    }
  }
}
