// Names of files that promise an image. What a file is, its bytes tell; names matter only where they
// hold no image.

import Files

extension ImageFormat {
  /// Endings of names of images, also of formats that can only be refused with the reason.
  private static let endings: Set<String> = [
    "jpg", "jpeg", "jpe", "jfif", "png", "bmp", "dib", "ppm", "pgm", "pnm", "gif", "webp", "tif",
    "tiff", "heic", "heif", "avif", "jp2", "jxl", "svg", "psd",
  ]

  /// What follows the last dot of the name of a file, in lower case; empty without a dot.
  public static func ending(of path: String) -> String {
    let name = FilePath.name(of: path)
    guard let dot = name.utf8.lastIndex(of: 0x2E) else { return "" }
    return name[name.utf8.index(after: dot)...].lowercased()
  }

  /// Whether the name of a file ends like that of an image.
  public static func isImageName(_ path: String) -> Bool { endings.contains(ending(of: path)) }
}
