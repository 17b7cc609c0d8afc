// The markers in front of the first scan of a JPEG file (ITU T.81, annex B).

/// Size and kind of a JPEG image.
struct JPEGHeader {
  var header: ImageHeader
  /// Whether an Adobe marker was seen: four-component files with one store inverted inks.
  var hasAdobeMarker: Bool
  /// How the image is to be turned, from an EXIF segment in front of the frame header.
  var orientation = ExifOrientation.upright
  /// Whether the first scan begins within the bytes (known only after `untilScan`).
  var reachesScan = false

  /// Reads markers up to the frame header; nil when the bytes end before it.
  ///
  /// With `untilScan`, goes on to the first scan, so that a late Adobe marker is seen.
  static func parse(_ reader: ByteReader, untilScan: Bool = false) throws(ImageError) -> JPEGHeader?
  {
    var offset = 2
    var hasAdobeMarker = false
    var orientation: ExifOrientation?
    var found: JPEGHeader?
    while true {
      guard let lead = reader.byte(offset), var marker = reader.byte(offset + 1) else {
        return found
      }
      // Bytes between segments are passed over, as the library does.
      if lead != 0xFF {
        offset += 1
        continue
      }
      // Any number of FF bytes may stand before a marker.
      while marker == 0xFF {
        offset += 1
        guard let next = reader.byte(offset + 1) else { return found }
        marker = next
      }
      if marker == 0x01 || (0xD0...0xD8).contains(marker) {
        offset += 2
        continue
      }
      if marker == 0xDA || marker == 0xD9 {
        if found == nil {
          throw ImageError(.damaged(.jpeg, detail: "no frame header before the first scan"))
        }
        found?.reachesScan = marker == 0xDA
        return found
      }
      guard let length = reader.big16(offset + 2) else { return found }
      if length < 2 { throw ImageError(.damaged(.jpeg, detail: "marker length \(length)")) }
      if marker == 0xEE, reader.has("Adobe", at: offset + 4) {
        hasAdobeMarker = true
        found?.hasAdobeMarker = true
      }
      // The first EXIF segment counts, as in most readers.
      if marker == 0xE1, orientation == nil, reader.has("Exif\0\0", at: offset + 4) {
        orientation = ExifOrientation(reader, tiffFrom: offset + 10, to: offset + 2 + length)
      }
      // SOF0 to SOF15 without DHT, JPG and DAC.
      if (0xC0...0xCF).contains(marker), marker != 0xC4, marker != 0xC8, marker != 0xCC {
        guard let height = reader.big16(offset + 5), let width = reader.big16(offset + 7),
          let channels = reader.byte(offset + 9)
        else { return found }
        found = JPEGHeader(
          header: ImageHeader(format: .jpeg, width: width, height: height, channels: channels),
          hasAdobeMarker: hasAdobeMarker, orientation: orientation ?? .upright)
        if !untilScan { return found }
      }
      offset += 2 + length
    }
  }
}
