// The published architecture at a size where numerical gradients take seconds.

import MUSIQ
import Multiscale
import Tensors
import TestSupport

extension MUSIQConfiguration {
  /// 8-pixel patches, scales of 16 and 24 pixels and the native size with at most 12 patches.
  public static func tiny(outputs: Int = 3, attention: AttentionLayout = .packed) -> Self {
    MUSIQConfiguration(
      hiddenSize: 16, layerCount: 2, headCount: 2, mlpSize: 24, stemChannels: 8,
      blockChannels: 16, groupCount: 4, outputCount: outputs, attention: attention,
      multiscale: MultiscaleConfiguration(
        patchSize: 8, hashGrid: 3, longerSideLengths: [16, 24], nativePatchCap: 12))
  }
}

/// Three images of 25, 17 and 9 tokens at the tiny configuration; the first meets the native cap.
public let tinyImages = [
  GoldenImage(height: 20, width: 28, seed: 1), GoldenImage(height: 12, width: 9, seed: 2),
  GoldenImage(height: 8, width: 30, seed: 3),
]

extension ModelRun {
  /// Sets every parameter to the values for gradient checks, see `testParameter`.
  public func useTestParameters() {
    for entry in model.layout.entries {
      _ = parameters.buffer[entry.range].update(fromContentsOf: testParameter(entry))
    }
  }
}
