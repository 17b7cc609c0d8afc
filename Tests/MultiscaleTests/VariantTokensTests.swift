// Square variants, and images of other than three channels.

import Multiscale
import TestSupport
import Testing

@Suite struct VariantTokensTests {
  @Test(
    "a square variant has L × L pixels and fills all its slots", arguments: [(30, 90), (200, 7)])
  func square(height: Int, width: Int) {
    let configuration = MultiscaleConfiguration(
      patchSize: 16, longerSideLengths: [40, 64], nativePatchCap: 5, resize: .square)
    let geometry = TokenGeometry(height: height, width: width, configuration: configuration)
    for (scale, length) in zip(geometry.scales, [40, 64]) {
      #expect(scale.height == length && scale.width == length)
      #expect(scale.tokens == scale.slots)
    }
    #expect(geometry.scales[2].height == height && geometry.scales[2].width == width)
    #expect(geometry.paddedTokens == 9 + 16 + 5)
    #expect(configuration.slotCounts == [9, 16, 5])
    #expect(
      TokenGeometry.validTokens(height: height, width: width, configuration: configuration)
        == geometry.validTokens)
    let tokenizer = Tokenizer(configuration: configuration)
    let image = goldenImage(height: height, width: width, seed: 1)
    let padded = tokenizer.tokens(height: height, width: width, pixels: image, padded: true)
    let valid = tokenizer.tokens(height: height, width: width, pixels: image, padded: false)
    let packed = padded.packed()
    #expect(Array(packed.patches.elements) == Array(valid.patches.elements))
    #expect(valid.rowCount == geometry.validTokens)
  }

  @Test("slots are unknown without a cap on native patches")
  func slots() {
    #expect(MultiscaleConfiguration().slotCounts == [49, 144, 512])
    #expect(MultiscaleConfiguration(nativePatchCap: -1).slotCounts == nil)
    #expect(
      MultiscaleConfiguration(includesNative: false, nativePatchCap: -1).slotCounts == [49, 144])
  }

  /// Channels do not mix, and the same bytes give the same bits in each of them.
  @Test("every channel has the tokens of its own image", arguments: [1, 4])
  func channels(count: Int) {
    let (height, width, patch) = (50, 70, 16)
    func tokens(_ channels: Int, _ pixels: [UInt8]) -> TokenBatch {
      Tokenizer(
        configuration: MultiscaleConfiguration(
          patchSize: patch, longerSideLengths: [40, 96], channels: channels)
      ).tokens(height: height, width: width, pixels: pixels, padded: false)
    }
    let image = GoldenImage(height: height, width: width, seed: 5)
    let bytes = image.pixels(channels: count)
    let batch = tokens(count, bytes)
    #expect(batch.patchValues == patch * patch * count)
    #expect(batch.byteCount == batch.rowCount * (patch * patch * count + 3) * 4)
    for channel in 0..<count {
      let plane = (0..<height * width).map { bytes[$0 * count + channel] }
      let reference = tokens(3, plane.flatMap { [$0, $0, $0] })
      #expect(reference.rowCount == batch.rowCount)
      #expect(reference.spatialIndices == batch.spatialIndices)
      let isEqual = (0..<batch.rowCount * patch * patch).allSatisfy {
        batch.patches.pointer[$0 * count + channel] == reference.patches.pointer[$0 * 3]
      }
      #expect(isEqual, "channel \(channel)")
    }
  }

  @Test("two channels are refused under their key")
  func problems() {
    #expect(MultiscaleConfiguration(channels: 2).problems().map(\.key) == ["channels"])
  }
}
