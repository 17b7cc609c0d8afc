// From planned samples to what the workers of a rank take: tokens and target, image by image.

import ImageData
import Labels
import MUSIQ
import Multiscale
import RunConfig

/// One image ready for the model.
public struct TrainingImage: Sendable {
  public let tokens: TokenBatch
  public let target: Label
  /// Whether only a part of the file could be decoded.
  public let isSalvaged: Bool

  public init(tokens: TokenBatch, target: Label, isSalvaged: Bool = false) {
    self.tokens = tokens
    self.target = target
    self.isSalvaged = isSalvaged
  }
}

/// Where the workers of a rank get their images.
package protocol ImageSource: Sendable {
  /// The next image of a worker, in the order of its shards; nil when its file cannot be used.
  /// - Throws: what ends the step on all ranks.
  func next(worker: Int) throws -> TrainingImage?

  /// The same image as `next` has given or will give for a sample, made anew; by any thread.
  func again(_ sample: PlannedSample) throws -> TrainingImage?
}

/// Images loaded in the background, one stream per worker.
final class ImageFeed: ImageSource {
  private let loader: SampleLoader
  private let queue: PrefetchQueue<PlannedSample, Result<LoadedSample, SampleError>>
  private let score: ScoreConfiguration
  private let troubles: SampleTroubleLog

  /// - Parameter troubles: is told of samples that cannot be used, or in part only.
  init(_ run: RunAssembly, troubles: SampleTroubleLog) {
    let data = run.configuration.data
    loader = SampleLoader(run.data.training, for: run.configuration)
    queue = loader.queue(
      streamCount: run.workers, threadCount: data.loaderThreads,
      byteLimit: data.prefetchMegabytes << 20)
    score = run.configuration.model.score
    self.troubles = troubles
  }

  /// Begins to load a batch.
  /// - Parameter workerShards: the shards of each worker of this rank.
  func request(_ batch: BatchPlan, workerShards: [Range<Int>]) {
    for (worker, shards) in workerShards.enumerated() {
      queue.enqueue(shards.flatMap { batch.samples(ofShard: $0) }, on: worker)
    }
  }

  func next(worker: Int) -> TrainingImage? {
    switch queue.take(from: worker) {
    case .success(let sample):
      if let damage = sample.damage { troubles.add(.salvaged(damage)) }
      return image(sample)
    case .failure(let error):
      troubles.add(.skipped(error))
      return nil
    }
  }

  func again(_ sample: PlannedSample) -> TrainingImage? {
    (try? loader.load(sample).get()).map(image)
  }

  private func image(_ sample: LoadedSample) -> TrainingImage {
    TrainingImage(
      tokens: sample.tokens, target: score.inOutputs(sample.target),
      isSalvaged: sample.damage != nil)
  }
}
