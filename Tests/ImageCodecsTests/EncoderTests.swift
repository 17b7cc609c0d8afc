// What the encoders write is read back.

import ImageCodecs
import TestSupport
import Testing

@Suite("Encoders") struct EncoderTests {
  private func image(_ height: Int, _ width: Int) -> PixelImage {
    PixelImage(
      height: height, width: width, pixels: goldenImage(height: height, width: width, seed: 4))
  }

  @Test("PNG keeps every pixel", arguments: [(1, 1), (1, 4000), (31, 33), (200, 150)])
  func png(height: Int, width: Int) throws {
    let image = image(height, width)
    #expect(try ImageDecoder.decode(PNGEncoder.encode(image)) == image)
  }

  @Test("PNG of noise fits into the space set aside")
  func pngNoise() throws {
    let noise = PixelImage(
      height: 300, width: 301,
      pixels: (0..<300 * 301 * 3).map { UInt8(truncatingIfNeeded: splitMix64(UInt64($0))) })
    #expect(try ImageDecoder.decode(PNGEncoder.encode(noise)) == noise)
  }

  @Test(
    "JPEG of high quality is close", arguments: JPEGEncoder.Subsampling.allCases, [false, true])
  func jpeg(_ subsampling: JPEGEncoder.Subsampling, isProgressive: Bool) throws {
    // A smooth gray ramp, so that no subsampling loses much.
    var image = image(40, 50)
    for y in 0..<40 {
      for x in 0..<150 { image.pixels[y * 150 + x] = UInt8(y * 3 + x / 3 * 2) }
    }
    let bytes = try JPEGEncoder.encode(
      image, quality: 95, subsampling: subsampling, isProgressive: isProgressive)
    let decoded = try ImageDecoder.decode(bytes, options: DecodeOptions(cosineTransform: .accurate))
    #expect(decoded.width == 50 && decoded.height == 40)
    for (a, b) in zip(image.pixels, decoded.pixels) { #expect(abs(Int(a) - Int(b)) <= 6) }
    let header = try ImageDecoder.header(of: bytes)
    #expect(header.channels == (subsampling == .gray ? 1 : 3))
  }

  @Test("a wrong quality is refused")
  func quality() {
    for quality in [0, 101] {
      #expect(
        throws: ImageError(
          .unencodable(.jpeg, detail: "expected quality 1 to 100, found \(quality)"))
      ) { try JPEGEncoder.encode(image(2, 2), quality: quality) }
    }
  }
}
