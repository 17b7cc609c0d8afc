// A training run that takes a second: 64 small JPEG files of 8 classes, a model of 60,000 parameters.

import Foundation
import ImageData

/// Data and configuration of the smallest real run, shared by unit and rank tests.
public enum TinyRun {
  /// Images of the training set; with batches of 24 the last one of an epoch has 16.
  public static let imageCount = 64
  /// Images of the validation set.
  public static let validationCount = 16

  /// Renders `train/` and `val/` into `directory`, in this process.
  public static func writeData(to directory: String) throws {
    let request = SynthesisRequest(
      kind: .classification, count: imageCount + validationCount, seed: 3, output: directory)
    _ = try Synthesis(request).write()
  }

  /// The configuration as YAML.
  public static func yaml(data: String) -> String {
    """
    model: {hiddenSize: 32, layerCount: 2, headCount: 2, mlpSize: 64, stemChannels: 8,
            blockChannels: 16, groupCount: 4,
            multiscale: {patchSize: 16, hashGrid: 4, longerSideLengths: [48], nativePatchCap: 40}}
    data: {train: "\(data)/train", validation: "\(data)/val"}
    parallel: {globalBatchSize: 24, gradientShards: 8, microBatchTokens: 256, workers: 1}
    schedule: {steps: 6, warmupSteps: 2}
    checkpoint: {everySteps: 0, everyMinutes: 0}
    run: {seed: 5, progress: "off", evaluateEveryEpochs: 0}
    """
  }

  /// Damages the picture data of a JPEG file but not its header: it is found while training only.
  public static func corrupt(_ path: String) throws {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: path))
  }

  /// Paths of the training images below `data`, sorted.
  public static func trainingFiles(_ data: String) throws -> [String] {
    let root = "\(data)/train"
    let manager = FileManager.default
    return try manager.contentsOfDirectory(atPath: root).sorted().flatMap { folder in
      try manager.contentsOfDirectory(atPath: "\(root)/\(folder)").sorted().map {
        "\(root)/\(folder)/\($0)"
      }
    }
  }
}
