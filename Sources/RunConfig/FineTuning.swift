// The lowest layer of the configuration of `finetune`: other defaults than those of pretraining.

import MUSIQ

extension RunConfiguration {
  /// Defaults of fine-tuning.
  ///
  /// Pictures are seen whole, flipped at random (the published recipe: no crop, no resizing). The update
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
