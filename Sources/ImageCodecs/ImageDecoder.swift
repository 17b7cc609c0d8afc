// Bytes or files to images and their sizes: the door of this module.

/// Reads images. The type is told by the first bytes; limits are checked before memory is taken.
///
/// EXIF orientation and color profiles are ignored, as TensorFlow and PIL do; `DecodeOptions.orientation`
/// turns images after decoding. Gray is replicated, alpha is dropped (not blended) unless four channels
/// are asked for, 16 bits are rounded to 8.
public enum ImageDecoder {
  /// The type and size of the image of a whole file, without decoding it.
  /// - Throws: `ImageError`; a file that passes may still fail to decode.
  public static func header(
    of bytes: [UInt8], options: DecodeOptions = DecodeOptions()
  ) throws(ImageError) -> ImageHeader {
    try bytes.withUnsafeBytesTyped { (buffer) throws(ImageError) in
      let reader = ByteReader(bytes: buffer)
      let format = try ImageFormat.sniff(reader)
      guard let header = try format.header(reader) else {
        throw ImageError(.truncated(format, detail: "no complete header in \(buffer.count) bytes"))
      }
      try options.check(header)
      return options.orientation == .apply ? header.turned() : header
    }
  }

  /// The image of a whole file.
  /// - Throws: `ImageError`, never a partial image unless `options.salvages`.
  /// - Cost: about 0.6 ms for a JPEG of 375 × 500 pixels and 45 KB, one core.
  public static func decode(
    _ bytes: [UInt8], options: DecodeOptions = DecodeOptions()
  ) throws(ImageError) -> PixelImage {
    var stored = options
    stored.orientation = .ignore
    let header = try header(of: bytes, options: stored)
    let image = try bytes.withUnsafeBytesTyped { (buffer) throws(ImageError) in
      switch header.format {
      case .jpeg: try JPEGDecoder.decode(buffer, header: header, options: options)
      case .png: try PNGDecoder.decode(buffer, header: header, options: options)
      case .webp: try WebPDecoder.decode(buffer, header: header, options: options)
      case .tiff: try TIFFDecoder.decode(buffer, header: header, options: options)
      case .bmp: try BMPReader.decode(ByteReader(bytes: buffer), options: options)
      case .netpbm: try NetpbmReader.decode(ByteReader(bytes: buffer), options: options)
      }
    }
    let shown = options.orientation == .apply ? image.turned(header.orientation) : image
    return shown.converted(to: options.channels)
  }

  /// The type and size of the image in a file, from as few bytes as it takes: 64 KiB, and four times
  /// more as long as the header is longer than that.
  public static func header(
    ofFile path: String, options: DecodeOptions = DecodeOptions()
  ) throws(ImageError) -> ImageHeader {
    try measure(file: path, options: options).header
  }

  /// The same with the length of the file, which tells of most files that were replaced since.
  public static func measure(
    file path: String, options: DecodeOptions = DecodeOptions()
  ) throws(ImageError) -> (header: ImageHeader, byteCount: Int) {
    let file = try ImageFile(path)
    return (try header(of: file, path: path, options: options), file.byteCount)
  }

  private static func header(
    of file: borrowing ImageFile, path: String, options: DecodeOptions
  ) throws(ImageError) -> ImageHeader {
    var limit = 64 << 10
    do {
      while true {
        let bytes = try file.read(first: limit)
        let header = try bytes.withUnsafeBytesTyped { (buffer) throws(ImageError) in
          try ImageFormat.sniff(ByteReader(bytes: buffer)).header(ByteReader(bytes: buffer))
        }
        if let header {
          try options.check(header)
          return options.orientation == .apply ? header.turned() : header
        }
        if bytes.count < limit { return try self.header(of: bytes, options: options) }
        limit *= 4
      }
    } catch { throw error.at(path) }
  }

  /// The image in a file.
  public static func decode(
    file path: String, options: DecodeOptions = DecodeOptions()
  ) throws(ImageError) -> PixelImage {
    do { return try decode(ImageFile(path).read(first: .max), options: options) } catch {
      throw error.at(path)
    }
  }

  /// All bytes of a regular file; refuses directories, pipes and devices without waiting for them.
  public static func bytes(ofFile path: String) throws(ImageError) -> [UInt8] {
    try ImageFile(path).read(first: .max)
  }
}

extension ImageFormat {
  /// The header at the start of the bytes; nil when more bytes are needed to tell.
  func header(_ reader: ByteReader) throws(ImageError) -> ImageHeader? {
    let header: ImageHeader?
    switch self {
    case .jpeg:
      let markers = try JPEGHeader.parse(reader)
      header = markers.map {
        var header = $0.header
        header.orientation = $0.orientation
        return header
      }
    case .png: header = try PNGDecoder.header(reader)
    case .webp: header = try WebPDecoder.header(reader)
    case .tiff: header = try TIFFDecoder.header(reader)
    case .bmp: header = try BMPReader.header(reader)
    case .netpbm: header = try NetpbmReader.header(reader)
    }
    if let header, header.width < 1 || header.height < 1 {
      throw ImageError(
        .damaged(self, detail: "declares \(header.width) × \(header.height) pixels"))
    }
    return header
  }
}

extension Array {
  /// `withUnsafeBytes` with a typed error.
  func withUnsafeBytesTyped<Result>(
    _ body: (UnsafeRawBufferPointer) throws(ImageError) -> Result
  ) throws(ImageError) -> Result {
    try withUnsafeBufferPointer { (buffer) throws(ImageError) in
      try body(UnsafeRawBufferPointer(buffer))
    }
  }
}
