// The first directory of a TIFF structure (TIFF 6.0, section 2): what TIFF files and EXIF segments begin with.

/// Numbers of the first directory, by tag. Nothing is read beyond the given end.
struct TIFFDirectory {
  private var values: [Int: Int] = [:]

  /// Nil unless the structure between `base` and `end` is well-formed as far as its first directory goes.
  init?(_ reader: ByteReader, from base: Int, to end: Int) {
    guard base >= 0, base + 8 <= end, end <= reader.count else { return nil }
    let isLittle = reader.has("II", at: base)
    guard isLittle || reader.has("MM", at: base) else { return nil }
    func short(_ offset: Int) -> Int? {
      guard offset >= base, offset + 2 <= end else { return nil }
      return isLittle ? reader.little16(offset) : reader.big16(offset)
    }
    func long(_ offset: Int) -> Int? {
      guard offset >= base, offset + 4 <= end else { return nil }
      return isLittle ? reader.little32(offset) : reader.big32(offset)
    }
    guard short(base + 2) == 42, let first = long(base + 4), let entries = short(base + first)
    else { return nil }
    for entry in 0..<entries {
      // Tag, type, count, value: 2 + 2 + 4 + 4 bytes.
      let place = base + first + 2 + 12 * entry
      guard let tag = short(place), let type = short(place + 2), let count = long(place + 4)
      else { return nil }
      // The first of several values lies elsewhere if they do not fit into four bytes.
      switch type {
      case 3:
        values[tag] = count <= 2 ? short(place + 8) : long(place + 8).flatMap { short(base + $0) }
      case 4:
        values[tag] = count <= 1 ? long(place + 8) : long(place + 8).flatMap { long(base + $0) }
      default: values[tag] = count > 0 ? 0 : nil
      }
    }
  }

  /// The number of a tag, the first of several; 0 for values that are no whole numbers; nil without it.
  subscript(tag: Int) -> Int? { values[tag] }
}
