// Images to JPEG bytes.

import CTurboJPEG

/// Writes JPEG files.
public enum JPEGEncoder {
  /// Resolution of the color planes.
  public enum Subsampling: Sendable, CaseIterable {
    /// Full, half across, half both ways, none.
    case full, half, quarter, gray
  }

  /// The bytes of a JPEG file. Luma gives a gray file; alpha is dropped.
  /// - Parameters:
  ///   - quality: 1 to 100, of libjpeg.
  ///   - isProgressive: several scans from coarse to fine, a little smaller.
  /// - Throws: `ImageError` with `unencodable`.
  public static func encode(
    _ image: PixelImage, quality: Int, subsampling: Subsampling = .quarter,
    isProgressive: Bool = false
  ) throws(ImageError) -> [UInt8] {
    guard (1...100).contains(quality) else {
      throw ImageError(.unencodable(.jpeg, detail: "expected quality 1 to 100, found \(quality)"))
    }
    guard max(image.width, image.height) <= 65_500 else {
      throw ImageError(
        .unencodable(.jpeg, detail: "\(image.width) × \(image.height) exceeds 65500 a side"))
    }
    guard let handle = tjInitCompress() else {
      throw ImageError(.unencodable(.jpeg, detail: "the JPEG library did not start"))
    }
    defer { tjDestroy(handle) }
    let kind: TJSAMP
    switch image.channels == 1 ? .gray : subsampling {
    case .full: kind = TJSAMP_444
    case .half: kind = TJSAMP_422
    case .quarter: kind = TJSAMP_420
    case .gray: kind = TJSAMP_GRAY
    }
    let format = [1: TJPF_GRAY, 4: TJPF_RGBA][image.channels] ?? TJPF_RGB
    var output: UnsafeMutablePointer<UInt8>?
    var size: CUnsignedLong = 0
    defer { tjFree(output) }
    let result = tjCompress2(
      handle, image.pixels, CInt(image.width), 0, CInt(image.height), CInt(format.rawValue),
      &output, &size, CInt(kind.rawValue), CInt(quality),
      TJFLAG_ACCURATEDCT | (isProgressive ? TJFLAG_PROGRESSIVE : 0))
    guard result == 0, let output else {
      let message = tjGetErrorStr2(handle).map { String(cString: $0) } ?? "no details"
      throw ImageError(.unencodable(.jpeg, detail: message))
    }
    return Array(UnsafeBufferPointer(start: output, count: Int(size)))
  }
}
