// The lowest layer of the configuration of `finetune`: other defaults than those of pretraining.

import Configuration
import MUSIQ

extension RunConfiguration {
  /// Defaults of fine-tuning.
  ///
  /// Images are seen whole, flipped at random (the published recipe: no crop, no resizing). The update
  /// rule is ours, chosen to work with labels of any scale: AdamW, 20 epochs, batches of 32. The published
  /// hyper-parameters are those of `configs/finetune-*.yaml`.
  /// - Parameter model: of the initial parameters; nil for training from scratch. Its head is not taken
  ///   over: outputs follow the data.
  public static func fineTuning(from model: MUSIQConfiguration? = nil) -> RunConfiguration {
    var result = RunConfiguration()
    if let model {
      result.model = model
      result.model.outputCount = 0
      result.model.score = ScoreConfiguration()
    }
    result.augmentation.crop.enabled = false
    result.optimizer.learningRate = 0.0001
    result.optimizer.weightDecay = 0.01
    result.schedule.epochs = 20
    result.schedule.warmupEpochs = 1
    result.parallel.globalBatchSize = 32
    result.parallel.gradientShards = 16
    return result
  }
}

extension RunConfiguration {
  /// Makes sure that fine-tuning has one source of training images.
  /// - Throws: `ConfigurationError.invalid` naming the keys.
  public func requireOneDataSource() throws(ConfigurationError) {
    let message: String
    switch (data.manifest.isEmpty, data.train.isEmpty) {
    case (true, true):
      message =
        "expected a table of images and scores, found nothing; set data.manifest=labels.csv, or "
        + "data.train and data.validation"
    case (false, false):
      message =
        "expected data.manifest (divided by data.split) or data.train with data.validation, found both"
    default: return
    }
    throw .invalid([
      ConfigurationProblem(path: "data.manifest", source: .builtIn, message: message)
    ])
  }
}
