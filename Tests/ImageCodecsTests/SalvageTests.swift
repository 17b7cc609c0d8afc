// Damaged files when what is left of them is wanted.

import Foundation
import ImageCodecs
import Testing

@Suite("salvage")
struct SalvageTests {
  private static let salvage = DecodeOptions(salvages: true)

  private static func bytes(_ name: String) throws -> [UInt8] {
    try Array(Data(contentsOf: ExpectedImage.folder.appendingPathComponent(name)))
  }

  /// An image with structure of all sizes.
  private static let photograph = PixelImage(
    height: 200, width: 64,
    pixels: (0..<200 * 64 * 3).map { UInt8(truncatingIfNeeded: $0 * $0 / 97 + $0 / 768 * 31) })

  /// A gray TIFF file of strips of four rows, its directory in front of them.
  private static func stripedTIFF(height: Int, width: Int) -> [UInt8] {
    let stripCount = height / 4
    let strips = 8 + 2 + 9 * 12 + 4 + 8 * stripCount
    func little(_ value: Int, _ bytes: Int) -> [UInt8] {
      (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    func entry(_ tag: Int, _ value: Int, count: Int = 1) -> [UInt8] {
      little(tag, 2) + little(4, 2) + little(count, 4) + little(value, 4)
    }
    let table = 8 + 2 + 9 * 12 + 4
    let directory =
      entry(256, width) + entry(257, height) + entry(258, 8) + entry(259, 1) + entry(262, 1)
      + entry(273, table, count: stripCount) + entry(277, 1) + entry(278, 4)
      + entry(279, table + 4 * stripCount, count: stripCount)
    let offsets = (0..<stripCount).flatMap { little(strips + $0 * 4 * width, 4) }
    let lengths = (0..<stripCount).flatMap { _ in little(4 * width, 4) }
    return [0x49, 0x49, 0x2A, 0] + little(8, 4) + little(9, 2) + directory + little(0, 4)
      + offsets + lengths + (0..<height * width).map { UInt8(truncatingIfNeeded: $0 % 251 + 1) }
  }

  private static let files: [(name: String, bytes: [UInt8])] = {
    let fixtures = ["lossless.webp", "lossy.webp", "24-top-down.bmp", "color.ppm"]
    return [
      ("JPEG", (try? JPEGEncoder.encode(photograph, quality: 90)) ?? []),
      ("PNG", (try? PNGEncoder.encode(photograph)) ?? []),
      ("TIFF", stripedTIFF(height: 64, width: 32)),
    ] + fixtures.map { ($0, (try? bytes($0)) ?? []) }
  }()

  @Test(
    "the rows in front of a cut are those of the whole file, and the damage is named",
    arguments: files)
  func cut(_ name: String, whole: [UInt8]) throws {
    let expected = try ImageDecoder.decode(whole)
    let cut = Array(whole.prefix(whole.count * 9 / 10))
    #expect(throws: ImageError.self) { try ImageDecoder.decode(cut) }
    let image = try ImageDecoder.decode(cut, options: Self.salvage)
    #expect(image.damage != nil)
    #expect((image.height, image.width) == (expected.height, expected.width))
    let rowBytes = 3 * image.width
    #expect(image.pixels.prefix(rowBytes) == expected.pixels.prefix(rowBytes))
    #expect(image.pixels != expected.pixels)
    #expect(try ImageDecoder.decode(cut, options: Self.salvage) == image)
  }

  @Test("the last rows of a bitmap come first in the file")
  func bottomUp() throws {
    let whole = try Self.bytes("24.bmp")
    let expected = try ImageDecoder.decode(whole)
    let image = try ImageDecoder.decode(
      Array(whole.prefix(whole.count / 2)), options: Self.salvage)
    let rowBytes = 3 * image.width
    #expect(image.pixels.suffix(rowBytes) == expected.pixels.suffix(rowBytes))
    #expect(image.pixels.prefix(rowBytes).allSatisfy { $0 == 0 })
  }

  @Test("sound files are decoded as always", arguments: ExpectedImage.all)
  func sound(_ expected: ExpectedImage) throws {
    guard expected.outcome == "pixels" else { return }
    let image = try ImageDecoder.decode(file: expected.path, options: Self.salvage)
    #expect(image == (try ImageDecoder.decode(file: expected.path)))
    #expect(image.damage == nil)
  }

  @Test(
    "wrong and missing codes in JPEG",
    arguments: [
      ("truncated-in-image.jpg", "row"), ("no-end.jpg", "end of JPEG"), ("wrong-codes.jpg", "row"),
    ])
  func jpeg(_ name: String, word: String) throws {
    let image = try ImageDecoder.decode(Self.bytes(name), options: Self.salvage)
    #expect(image.width == 97 && image.height == 131)
    #expect(image.damage?.contains(word) == true, "\(image.damage ?? "none")")
  }

  @Test(
    "a file of which nothing is left stays an error",
    arguments: files)
  func nothingLeft(_ name: String, whole: [UInt8]) throws {
    // The shortest beginning that has a header: no or nearly no pixels are in it.
    let length = try #require(
      (1...whole.count).first { (try? ImageDecoder.header(of: Array(whole.prefix($0)))) != nil })
    #expect(throws: ImageError.self) {
      try ImageDecoder.decode(Array(whole.prefix(length)), options: Self.salvage)
    }
    #expect(throws: ImageError.self) { try ImageDecoder.decode([], options: Self.salvage) }
  }
}
