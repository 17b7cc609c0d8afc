// Luma and alpha against Pillow 13.0.0: CRC-32 of `convert("RGB").convert("L")` and `convert("RGBA")` of the
// fixtures, the luma of transparent ones after dropping alpha.

import ImageCodecs
import TestSupport
import Testing

@Suite struct ChannelConversionTests {
  @Test(
    "luma and alpha are Pillow's",
    arguments: [
      ("rgb-8.png", 0x30c6_f893, 0xc253_68dd), ("gray-8.png", 0x2cef_8b8f, 0x095c_caa0),
      ("gray-alpha-8.png", 0x2cef_8b8f, 0x2946_b552), ("rgba-8.png", 0x30c6_f893, 0xe249_172f),
      ("palette-transparent.png", 0x0ec6_354e, 0x7c5d_3293),
      ("rgb-8-transparent-color.png", 0x30c6_f893, 0xc218_5857),
      ("baseline.jpg", 0x842a_84c6, 0xd874_4f84), ("24.bmp", 0x30c6_f893, 0xc253_68dd),
      ("interlaced.png", 0x30c6_f893, 0xc253_68dd),
    ] as [(String, UInt32, UInt32)])
  func pillow(name: String, luma: UInt32, alpha: UInt32) throws {
    let path = ExpectedImage.folder.appendingPathComponent(name).path
    for (channels, expected) in [(1, luma), (4, alpha)] {
      let image = try ImageDecoder.decode(
        file: path, options: DecodeOptions(cosineTransform: .accurate, channels: channels))
      #expect(image.channels == channels)
      #expect(crc32(image.pixels) == expected, "\(channels) channels")
    }
  }

  @Test("conversions that lose nothing come back")
  func roundTrips() {
    let gray = PixelImage(
      height: 16, width: 16, channels: 1, pixels: (0..<256).map { UInt8($0) })
    #expect(gray.converted(to: 3).converted(to: 1) == gray)
    #expect(gray.converted(to: 4).converted(to: 1) == gray)
    let colors = PixelImage(
      height: 5, width: 7, pixels: goldenImage(height: 5, width: 7, seed: 1))
    let opaque = colors.converted(to: 4)
    #expect(opaque.converted(to: 3) == colors && opaque.pixels[3] == 255)
    #expect(colors.converted(to: 3) == colors)
  }

  @Test("encoders take every number of channels", arguments: [1, 3, 4])
  func encoders(channels: Int) throws {
    let colors = PixelImage(
      height: 31, width: 33, pixels: goldenImage(height: 31, width: 33, seed: 1))
    var image = colors.converted(to: channels)
    if channels == 4 {
      for pixel in 0..<31 * 33 { image.pixels[4 * pixel + 3] = UInt8(pixel % 256) }
    }
    let options = DecodeOptions(channels: channels)
    #expect(try ImageDecoder.decode(PNGEncoder.encode(image), options: options) == image)
    let jpeg = try ImageDecoder.decode(
      JPEGEncoder.encode(image, quality: 95), options: options)
    #expect(jpeg.channels == channels && jpeg.pixels.count == image.pixels.count)
    if channels == 4 {
      #expect((0..<31 * 33).allSatisfy { jpeg.pixels[4 * $0 + 3] == 255 })
    }
  }
}
