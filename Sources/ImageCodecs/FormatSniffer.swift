// The type of a file by its first bytes.

extension ImageFormat {
  /// The format of a file that begins with `bytes`; 32 bytes suffice.
  static func sniff(_ reader: ByteReader) throws(ImageError) -> ImageFormat {
    if reader.count == 0 { throw ImageError(.empty) }
    if reader.begins(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
    if reader.begins(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
    if reader.has("BM") { return .bmp }
    if reader.has("P5") || reader.has("P6") { return .netpbm }
    if reader.has("RIFF"), reader.has("WEBP", at: 8) { return .webp }
    if reader.begins(with: [0x49, 0x49, 0x2A, 0]) || reader.begins(with: [0x4D, 0x4D, 0, 0x2A]) {
      return .tiff
    }
    if let (type, remedy) = unsupportedType(reader) {
      throw ImageError(.unsupported(type: type, remedy: remedy))
    }
    throw ImageError(.unrecognized(firstBytes: Array(reader.bytes.prefix(8))))
  }

  /// Name and remedy of a known type that is not decoded.
  private static func unsupportedType(_ reader: ByteReader) -> (String, String)? {
    let convert = "convert it, for example with `magick FILE FILE.png`"
    if reader.has("GIF8") { return ("a GIF", convert) }
    if reader.begins(with: [0x49, 0x49, 0x2B, 0]) || reader.begins(with: [0x4D, 0x4D, 0, 0x2B]) {
      return ("a BigTIFF file", convert)
    }
    if reader.has("ftypavif", at: 4) { return ("an AVIF file", convert) }
    if reader.has("ftyp", at: 4) {
      return ("an HEIC, MP4 or similar file, which is not supported", convert)
    }
    if reader.has("jP  ", at: 4) { return ("a JPEG 2000 file", convert) }
    if reader.has("JXL ", at: 4) || reader.begins(with: [0xFF, 0x0A]) {
      return ("a JPEG XL file", "convert it, for example with `djxl FILE FILE.png`")
    }
    if reader.has("8BPS") { return ("a Photoshop file", convert) }
    if reader.has("%PDF") { return ("a PDF document", "render its pages first") }
    if let kind = [1, 2, 3, 4, 7].first(where: { reader.begins(with: [0x50, UInt8(48 + $0)]) }) {
      return ("a P\(kind) portable map", convert)
    }
    if reader.begins(with: [0x1F, 0x8B]) || reader.has("PK") {
      return ("a compressed archive", "unpack it first")
    }
    return markup(reader)
  }

  /// Web pages and drawings, often saved by a failed download.
  private static func markup(_ reader: ByteReader) -> (String, String)? {
    let start = reader.bytes.prefix(512)
    let text = String(decoding: start, as: UTF8.self).lowercased()
    let trimmed = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    if trimmed.hasPrefix("<!doctype html") || trimmed.hasPrefix("<html") {
      return ("a web page", "the download failed; download it again")
    }
    if trimmed.hasPrefix("<svg") || trimmed.hasPrefix("<?xml") {
      return ("an XML or SVG document", "render it to PNG first")
    }
    return nil
  }
}
