import Foundation
import ImageCodecs
import TestSupport
import Testing

@Suite struct ExifOrientationTests {
  /// 24 × 16 pixels in six blocks of different colors.
  private static let stored: [UInt8] = {
    do {
      var pixels = [UInt8](repeating: 0, count: 24 * 16 * 3)
      for y in 0..<16 {
        for x in 0..<24 {
          let place = (y * 24 + x) * 3
          pixels[place] = UInt8(x / 8 * 100)
          pixels[place + 1] = UInt8(y / 8 * 200)
        }
      }
      return try JPEGEncoder.encode(PixelImage(height: 16, width: 24, pixels: pixels), quality: 90)
    } catch { fatalError("\(error)") }
  }()

  private enum Order { case little, big }

  /// A TIFF structure with an orientation behind another tag.
  private static func tiff(_ orientation: UInt16, _ order: Order) -> [UInt8] {
    func short(_ value: UInt16) -> [UInt8] {
      let bytes = [UInt8(value >> 8), UInt8(value & 255)]
      return order == .big ? bytes : bytes.reversed()
    }
    func long(_ value: UInt32) -> [UInt8] {
      let bytes = (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) }
      return order == .big ? bytes : bytes.reversed()
    }
    let mark: [UInt8] = order == .big ? [0x4D, 0x4D] : [0x49, 0x49]
    return mark + short(42) + long(10) + [0, 0] + short(2)
      + short(0x0100) + short(4) + long(1) + long(7)
      + short(0x0112) + short(3) + long(1) + short(orientation) + [0, 0] + long(0)
  }

  /// The stored image with an EXIF segment behind its first marker.
  private static func jpeg(_ tiff: [UInt8]) -> [UInt8] {
    let body = Array("Exif".utf8) + [0, 0] + tiff
    let length = body.count + 2
    return Array(stored[..<2]) + [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + body
      + Array(stored[2...])
  }

  private static let apply = DecodeOptions(orientation: .apply)

  /// Where the stored pixel (y, x) of a height × width image is shown, from the words of the EXIF
  /// standard: which visual side the 0th row and the 0th column are.
  private static let sides: [(row: String, column: String)] = [
    ("top", "left"), ("top", "right"), ("bottom", "right"), ("bottom", "left"),
    ("left", "top"), ("right", "top"), ("right", "bottom"), ("left", "bottom"),
  ]

  @Test(
    "all eight orientations are shown as the standard says, in both byte orders", arguments: 1...8)
  func eight(orientation: Int) throws {
    let original = try ImageDecoder.decode(Self.stored)
    let (rowSide, columnSide) = Self.sides[orientation - 1]
    for order in [Order.little, .big] {
      let file = Self.jpeg(Self.tiff(UInt16(orientation), order))
      #expect(try ImageDecoder.decode(file) == original, "ignored by default")
      let shown = try ImageDecoder.decode(file, options: Self.apply)
      let header = try ImageDecoder.header(of: file, options: Self.apply)
      #expect(header.height == shown.height && header.width == shown.width)
      #expect(shown.height == (orientation > 4 ? 24 : 16))
      for y in 0..<16 {
        for x in 0..<24 {
          var place = (y: 0, x: 0)
          switch rowSide {
          case "top": place.y = y
          case "bottom": place.y = shown.height - 1 - y
          case "left": place.x = y
          default: place.x = shown.width - 1 - y
          }
          switch columnSide {
          case "left": place.x = x
          case "right": place.x = shown.width - 1 - x
          case "top": place.y = x
          default: place.y = shown.height - 1 - x
          }
          let from = (y * 24 + x) * 3
          let to = (place.y * shown.width + place.x) * 3
          #expect(shown.pixels[to..<to + 3] == original.pixels[from..<from + 3])
        }
      }
    }
  }

  @Test("a camera's file of the fixtures is turned, others stay")
  func fixtures() throws {
    func header(_ name: String, _ options: DecodeOptions) throws -> ImageHeader {
      try ImageDecoder.header(
        ofFile: ExpectedImage.folder.appendingPathComponent(name).path, options: options)
    }
    let name = "exif-orientation-6.jpg"
    #expect(try header(name, Self.apply).width == header(name, DecodeOptions()).height)
    for name in ["baseline.jpg", "rgb-8.png", "24.bmp"] {
      let path = ExpectedImage.folder.appendingPathComponent(name).path
      #expect(
        try ImageDecoder.decode(file: path, options: Self.apply) == ImageDecoder.decode(file: path))
    }
  }

  @Test("an orientation that is none, or a broken segment, leaves the image as it is")
  func broken() throws {
    let original = try ImageDecoder.decode(Self.stored)
    let good = Self.tiff(6, .big)
    var structures = [Self.tiff(0, .big), Self.tiff(9, .little), Self.tiff(0xFFFF, .big), []]
    for length in 0..<good.count { structures.append(Array(good[..<length])) }
    // Lying offsets and counts.
    for place in [4, 5, 6, 7, 10, 11] {
      var lie = good
      lie[place] = 0xFF
      structures.append(lie)
    }
    for structure in structures {
      let image = try ImageDecoder.decode(Self.jpeg(structure), options: Self.apply)
      #expect(image == original || image.height == 24)
      #expect(image.pixels.count == original.pixels.count)
    }
    // Every cut in front of the value leaves nothing to turn.
    for length in 0..<34 {
      #expect(
        try ImageDecoder.decode(Self.jpeg(Array(good[..<length])), options: Self.apply) == original)
    }
  }

  @Test("2000 mutations of the segment are decoded or refused, header and image agree")
  func mutations() {
    let original = Self.jpeg(Self.tiff(8, .little))
    var state: UInt64 = 7
    func draw(below bound: Int) -> Int {
      state += 1
      return Int(splitMix64(state) % UInt64(bound))
    }
    for _ in 0..<2000 {
      var bytes = original
      for _ in 0...draw(below: 3) { bytes[2 + draw(below: 52)] = UInt8(draw(below: 256)) }
      if draw(below: 4) == 0 { bytes.removeLast(draw(below: bytes.count)) }
      do {
        let image = try ImageDecoder.decode(bytes, options: Self.apply)
        let header = try ImageDecoder.header(of: bytes, options: Self.apply)
        #expect(header.height == image.height && header.width == image.width)
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }
}
