// Images to PNG bytes.

import CPNG

/// Writes PNG files with 8 bits per channel.
public enum PNGEncoder {
  /// The bytes of a PNG file.
  /// - Throws: `ImageError` with `unencodable`.
  public static func encode(_ image: PixelImage) throws(ImageError) -> [UInt8] {
    let control = PNGControl()
    control.image.pointee.width = png_uint_32(image.width)
    control.image.pointee.height = png_uint_32(image.height)
    let alpha = image.channels == 4 ? PNG_FORMAT_FLAG_ALPHA : 0
    control.image.pointee.format =
      image.channels == 1 ? 0 : png_uint_32(PNG_FORMAT_RGB | alpha)  // 0: PNG_FORMAT_GRAY
    // Larger than any outcome: deflate stores incompressible data with 5 bytes per 16 KiB, each row has
    // a filter byte, chunks have 12 bytes per 8 KiB.
    let raw = image.pixels.count + image.height
    var size = raw + raw / 256 + 4096
    var bytes = [UInt8](repeating: 0, count: size)
    guard png_image_write_to_memory(control.image, &bytes, &size, 0, image.pixels, 0, nil) != 0
    else {
      throw ImageError(.unencodable(.png, detail: PNGControl.message(of: control.image)))
    }
    bytes.removeLast(bytes.count - size)
    return bytes
  }
}
