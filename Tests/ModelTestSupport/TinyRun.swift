// A training run that takes a second: 64 small JPEG files of 8 classes, a model of 60,000 parameters.

import Foundation
import SyntheticImages

/// Data and configuration of the smallest real run, shared by unit and rank tests.
public enum TinyRun {
  /// Images of the training set; with batches of 24 the last one of an epoch has 16.
  public static let imageCount = 64
  /// Images of the validation set.
  public static let validationCount = 16

  /// Renders `train/` and `val/` into `directory`, in this process.
  public static func writeData(to directory: String) throws {
    let request = SynthesisRequest(
      kind: .classes, count: imageCount + validationCount, seed: 3, output: directory)
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

  /// Pictures of the quality set.
  public static let qualityCount = 40

  /// Renders 40 images with `labels.csv` into `directory`; `many.csv` beside it has for each image
  /// ratings c1 to c5, a column split and a second score, all made from the first.
  public static func writeQualityData(to directory: String) throws {
    let request = SynthesisRequest(kind: .score, count: qualityCount, seed: 3, output: directory)
    _ = try Synthesis(request).write()
    let text = try String(contentsOfFile: "\(directory)/labels.csv", encoding: .utf8)
    var lines = ["path,mos,brightness,c1,c2,c3,c4,c5,split,fold_01,fold_02"]
    for (row, line) in text.split(separator: "\n").dropFirst().enumerated() {
      let score = Double(line.split(separator: ",")[1]) ?? 0
      let ratings = (1...5).map { "\(1 + Int(abs(score / 20 - Double($0)) * 3))" }
      let folds = (0..<2).map { row % 4 == $0 ? "test" : "train" }
      lines.append(
        "\(line),\(50 - score / 4),\(ratings.joined(separator: ",")),"
          + "\(row % 5 == 0 ? "val" : "train"),\(folds.joined(separator: ","))")
    }
    try lines.joined(separator: "\n").write(
      toFile: "\(directory)/many.csv", atomically: true, encoding: .utf8)
  }

  /// Fine-tuning of the same model on a manifest, as YAML.
  public static func qualityYAML(manifest: String) -> String {
    """
    model: {hiddenSize: 32, layerCount: 2, headCount: 2, mlpSize: 64, stemChannels: 8,
            blockChannels: 16, groupCount: 4,
            multiscale: {patchSize: 16, hashGrid: 4, longerSideLengths: [48], nativePatchCap: 40}}
    data: {manifest: "\(manifest)"}
    parallel: {globalBatchSize: 12, gradientShards: 8, microBatchTokens: 256, workers: 1}
    schedule: {steps: 6, warmupSteps: 1, warmupEpochs: 0}
    checkpoint: {everySteps: 0, everyMinutes: 0}
    run: {seed: 5, progress: "off", evaluateEveryEpochs: 0}
    """
  }

  /// Damages the image data of a JPEG file but not its header: it is found while training only.
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
