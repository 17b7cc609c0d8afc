// The plan of one global batch: who uses which window of which sample. Arithmetic only; every rank
// computes the whole plan and reads only its own part.

import Multiscale

/// One sample of a batch.
public struct PlannedSample: Equatable, Sendable {
  /// The sample's id in the index.
  public var sample: Int
  /// The epoch, which with the id decides the window.
  public var epoch: Int
  /// The part of the image that is used.
  public var window: CropWindow
  /// Valid tokens of the window over all scales, without the class token.
  public var tokens: Int

  public init(sample: Int, epoch: Int, window: CropWindow, tokens: Int) {
    self.sample = sample
    self.epoch = epoch
    self.window = window
    self.tokens = tokens
  }
}

/// One global batch.
public struct BatchPlan: Sendable {
  /// The samples in the order of the epoch.
  public let samples: [PlannedSample]
  /// Their division into gradient shards.
  public let shards: ShardPlan

  public init(samples: [PlannedSample], shards: ShardPlan) {
    self.samples = samples
    self.shards = shards
  }

  /// The samples of a shard, in order.
  public func samples(ofShard shard: Int) -> [PlannedSample] {
    shards.shards[shard].map { samples[$0] }
  }

  /// Valid tokens of the batch.
  public var tokens: Int { samples.reduce(0) { $0 + $1.tokens } }
}

/// Makes the plans of a run: a pure function of index, seed, epoch and positions.
public struct BatchPlanner: Sendable {
  public let index: SampleIndex
  public let augmentation: Augmentation
  public let multiscale: MultiscaleConfiguration
  public let costModel: CostModel
  public let shardCount: Int

  public init(
    index: SampleIndex, augmentation: Augmentation, multiscale: MultiscaleConfiguration,
    costModel: CostModel = CostModel(), shardCount: Int
  ) {
    self.index = index
    self.augmentation = augmentation
    self.multiscale = multiscale
    self.costModel = costModel
    self.shardCount = shardCount
  }

  /// The plan of the samples at `positions` of an epoch.
  public func plan(order: EpochOrder, epoch: Int, positions: Range<Int>) -> BatchPlan {
    let samples = positions.map { sample(order[$0], epoch: epoch) }
    // The class token is one more row for the encoder.
    let costs = samples.map { costModel.cost(tokens: $0.tokens + 1) }
    return BatchPlan(samples: samples, shards: ShardPlan(costs: costs, shardCount: shardCount))
  }

  /// One planned sample.
  public func sample(_ id: Int, epoch: Int) -> PlannedSample {
    let entry = index[id]
    let window = augmentation.window(
      epoch: epoch, sample: id, height: Int(entry.height), width: Int(entry.width))
    let tokens = TokenGeometry.validTokens(
      height: window.height, width: window.width, configuration: multiscale)
    return PlannedSample(sample: id, epoch: epoch, window: window, tokens: tokens)
  }
}
