// Tokens against golden.json, and the packed form against the padded one.

import Multiscale
import TestSupport
import Testing

@Suite("Tokenizer") struct TokenizerTests {
  @Test("tokens equal the golden token matrices")
  func golden() throws {
    var report = DeviationReport()
    for expected in try Golden.load().preprocessing {
      let tokenizer = Tokenizer(
        configuration: MultiscaleConfiguration(nativePatchCap: expected.nativePatchCap))
      let batch = tokenizer.tokens(
        height: expected.height, width: expected.width, pixels: expected.image.pixels, padded: true)
      #expect(batch.rowCount == expected.rows)
      #expect(batch.validRowCount == expected.valid)
      #expect(batch.spatialIndices == expected.spatialIndex)
      #expect(batch.scaleIndices == expected.scaleIndex)
      #expect(batch.mask == expected.mask)
      let deviation = expected.pixels.deviation(of: UnsafeBufferPointer(batch.patches.elements))
      // The reference rounds as we do; its values are stored with nine digits, so half a unit of
      // the last one is all that may differ.
      #expect(report.note("preprocessing, pixels", deviation.sampled) < 1e-9)
      #expect(deviation.sum < 1e-4)
      #expect(deviation.normRelative < 1e-8)
    }
    report.print("all images")
  }

  @Test(
    "valid rows only are the padded rows without padding",
    arguments: [(1, 1), (1, 4000), (31, 33), (375, 500), (768, 1024), (2000, 3)])
  func packed(height: Int, width: Int) {
    let image = goldenImage(height: height, width: width, seed: 8)
    for cap in [-1, 0, 5, 512] {
      let configuration = MultiscaleConfiguration(nativePatchCap: cap)
      let tokenizer = Tokenizer(configuration: configuration)
      let padded = tokenizer.tokens(height: height, width: width, pixels: image, padded: true)
      let valid = tokenizer.tokens(height: height, width: width, pixels: image, padded: false)
      let geometry = TokenGeometry(height: height, width: width, configuration: configuration)
      #expect(padded.rowCount == geometry.paddedTokens)
      #expect(valid.rowCount == geometry.validTokens)
      expectEqual(padded.packed(), valid)
    }
  }

  @Test("other patch sizes, grids and scales give consistent tokens")
  func configurations() {
    let image = goldenImage(height: 120, width: 90, seed: 3)
    for (patch, lengths, native) in [
      (16, [64], false), (48, [], true), (64, [96, 100, 384], true),
    ] {
      let configuration = MultiscaleConfiguration(
        patchSize: patch, hashGrid: 7, longerSideLengths: lengths, includesNative: native)
      #expect(configuration.problems().isEmpty)
      let tokenizer = Tokenizer(configuration: configuration)
      let padded = tokenizer.tokens(height: 120, width: 90, pixels: image, padded: true)
      let valid = tokenizer.tokens(height: 120, width: 90, pixels: image, padded: false)
      expectEqual(padded.packed(), valid)
      #expect(valid.spatialIndices.allSatisfy { (0..<49).contains($0) })
      #expect(Set(valid.scaleIndices) == Set((0..<Int32(configuration.scaleCount))))
    }
  }

  @Test("a joined and padded batch holds each image's rows")
  func joining() {
    let tokenizer = Tokenizer(configuration: MultiscaleConfiguration(longerSideLengths: [64]))
    let singles = [(40, 60), (100, 30), (1, 1)].map { height, width in
      tokenizer.tokens(
        height: height, width: width, pixels: goldenImage(height: height, width: width, seed: 1),
        padded: false)
    }
    let joined = TokenBatch(joining: singles)
    #expect(joined.imageCount == 3)
    #expect(joined.rowCount == singles.reduce(0) { $0 + $1.rowCount })
    let rectangular = joined.paddedToLongest()
    #expect(Set((0..<3).map { rectangular.rows(of: $0).count }).count == 1)
    #expect(rectangular.validRowCount == joined.rowCount)
    expectEqual(rectangular.packed(), joined)
  }

  private func expectEqual(_ a: TokenBatch, _ b: TokenBatch) {
    #expect(a.offsets == b.offsets)
    #expect(a.spatialIndices == b.spatialIndices)
    #expect(a.scaleIndices == b.scaleIndices)
    #expect(a.mask == b.mask)
    #expect(a.isPadded == b.isPadded)
    #expect(a.patches.elements.elementsEqual(b.patches.elements))
  }
}
