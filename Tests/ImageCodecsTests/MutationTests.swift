// Damaged files: any outcome but a crash, a hang or an untyped error.

import Foundation
import ImageCodecs
import TestSupport
import Testing

@Suite("Mutated files") struct MutationTests {
  @Test(
    "500 mutations and 100 truncations of a file are decoded or refused",
    arguments: [
      "baseline.jpg", "progressive.jpg", "cmyk.jpg", "arithmetic.jpg", "rgb-8.png", "rgba-16.png",
      "palette-transparent.png", "24.bmp", "8.bmp", "deep.ppm", "gray.pgm", "restart.jpg",
      "lossy.webp", "transparent.webp", "lzw.tif", "deflate.tif", "jpeg.tif",
    ])
  func mutations(name: String) throws {
    let original = try ImageDecoder.bytes(
      ofFile: ExpectedImage.folder.appendingPathComponent(name).path)
    // Small limits keep images of mutated sizes quick.
    let options = DecodeOptions(maximumPixels: 1 << 18, salvages: true)
    var state: UInt64 = 0
    func draw(below bound: Int) -> Int {
      state += 1
      return Int(splitMix64(state) % UInt64(bound))
    }
    var decoded = 0
    for round in 0..<600 {
      var bytes = original
      if round < 500 {
        // Half of the changes hit the first 64 bytes, where sizes and types are.
        for _ in 0...draw(below: 4) {
          let range = draw(below: 2) == 0 ? min(64, bytes.count) : bytes.count
          bytes[draw(below: range)] = UInt8(draw(below: 256))
        }
      } else {
        bytes.removeLast(1 + draw(below: bytes.count))
      }
      do {
        let image = try ImageDecoder.decode(bytes, options: options)
        decoded += 1
        #expect(image.pixels.count == image.width * image.height * 3)
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
    // The mutations reach the decoders: not everything is refused at the door.
    #expect(decoded > 0)
  }

  @Test("noise over a restart interval is noticed, or changes nothing that is seen")
  func noiseInRestartIntervals() throws {
    let sound = try ImageDecoder.bytes(
      ofFile: ExpectedImage.folder.appendingPathComponent("restart-intervals.jpg").path)
    let expected = try ImageDecoder.decode(sound)
    let marks = sound.indices.dropLast().filter {
      sound[$0] == 0xFF && (0xD0...0xD7).contains(sound[$0 + 1])
    }
    try #require(marks.count > 10)
    var (state, unnoticed) = (0 as UInt64, 0)
    for round in 0..<300 {
      let interval = round % (marks.count - 1)
      var noisy = sound
      for place in marks[interval] + 2..<marks[interval + 1] {
        state += 1
        noisy[place] = UInt8(splitMix64(state) % 255)
      }
      if let decoded = try? ImageDecoder.decode(noisy), decoded != expected { unnoticed += 1 }
    }
    // Noise can be a valid code that ends with the last byte of the interval: no decoder can tell.
    #expect(unnoticed <= 12, "\(unnoticed) of 300 noisy files passed")
  }
}
