// Token counts from the size of an image alone.

import Multiscale
import Testing

@Suite("TokenGeometry") struct TokenGeometryTests {
  @Test("token counts of the published examples")
  func published() {
    for (height, width, cap, padded, valid) in [
      (300, 500, -1, 353, 291), (375, 500, -1, 385, 342), (768, 1024, -1, 961, 918),
      (768, 1024, 512, 705, 662),
    ] {
      let configuration = MultiscaleConfiguration(nativePatchCap: cap)
      let geometry = TokenGeometry(height: height, width: width, configuration: configuration)
      #expect(geometry.paddedTokens == padded)
      #expect(geometry.validTokens == valid)
    }
  }

  @Test("the allocation-free count is the same")
  func fastCount() {
    for cap in [-1, 0, 100] {
      let configuration = MultiscaleConfiguration(nativePatchCap: cap)
      for (height, width) in [(1, 1), (1, 4000), (333, 77), (5472, 3648)] {
        let geometry = TokenGeometry(height: height, width: width, configuration: configuration)
        let count = TokenGeometry.validTokens(
          height: height, width: width, configuration: configuration)
        #expect(count == geometry.validTokens)
      }
    }
  }

  @Test("sizes are rounded in Float, half to even, and never to zero")
  func rounding() {
    // Double would give 32 here.
    #expect(TokenGeometry.size(height: 27, width: 192, longerSide: 224) == (31, 224))
    // 5 · 0.5 = 2.5 goes to the even neighbor.
    #expect(TokenGeometry.size(height: 5, width: 448, longerSide: 224) == (2, 224))
    #expect(TokenGeometry.size(height: 1, width: 4000, longerSide: 224) == (1, 224))
    #expect(TokenGeometry.size(height: 1, width: 1, longerSide: 224) == (224, 224))
  }

  @Test("each unusable value is reported under its key")
  func problems() {
    #expect(MultiscaleConfiguration().problems().isEmpty)
    let unusable: [(MultiscaleConfiguration, String)] = [
      (MultiscaleConfiguration(patchSize: 0), "patchSize"),
      (MultiscaleConfiguration(hashGrid: 0), "hashGrid"),
      (MultiscaleConfiguration(longerSideLengths: [384, 224]), "longerSideLengths"),
      (MultiscaleConfiguration(longerSideLengths: [], includesNative: false), "longerSideLengths"),
      (MultiscaleConfiguration(nativePatchCap: -2), "nativePatchCap"),
    ]
    for (configuration, key) in unusable {
      #expect(configuration.problems().map(\.key) == [key])
    }
  }
}
