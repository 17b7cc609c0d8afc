// Forward and backward throughput on synthetic tokens, counted as in the PyTorch baseline.

import Autodiff
import DataParallel
import Failures
import Files
import Foundation
import Kernels
import Layers
import MUSIQ
import Multiscale
import RunConfig
import Tensors
import Training

/// A workload that cannot be used.
public enum WorkloadError: Failure, Equatable {
  case unreadable(path: String, reason: String)
  case malformed(path: String)

  public var kind: FailureKind { .data }

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read workload '\(path)': \(reason)"
    case .malformed(let path):
      "\(path) is no workload: expected JSON such as "
        + "{\"nativePatchCap\": 512, \"sizes\": [[375, 500]]}"
    }
  }
}

/// A list of image sizes that stands for a mini-batch.
public struct BenchmarkWorkload: Codable, Sendable {
  /// Cap of native patches.
  public var nativePatchCap: Int
  /// `[height, width]` of every image.
  public var sizes: [[Int]]

  public init(nativePatchCap: Int, sizes: [[Int]]) {
    self.nativePatchCap = nativePatchCap
    self.sizes = sizes
  }

  /// - Throws: `WorkloadError` for a file that cannot be read or is no workload.
  public init(contentsOf path: String) throws {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(FileSystem.read(path)))
    } catch let problem as FileError {
      throw WorkloadError.unreadable(path: path, reason: problem.reason)
    } catch {
      throw WorkloadError.malformed(path: path)
    }
  }
}

/// What a benchmark prints, one JSON line.
public struct StepBenchmarkResult: Codable, Sendable {
  public var mode = "step"
  public var precision: String
  public var workers: Int
  public var imagesPerSecond: Double
  /// Floating-point operations on valid tokens only, per second.
  public var usefulGFLOPs: Double
  public var tokensPerSecond: Double
  /// Peak resident memory of the process.
  public var peakGiB: Double
  public var secondsPerPass: Double
  public var matrixProducts: String
}

/// Runs the gradient workers over a workload: what a rank does between two reductions.
public struct StepBenchmark {
  private let model: MUSIQModel
  private let workload: BenchmarkWorkload

  public init(workload: BenchmarkWorkload, configuration: MUSIQConfiguration) {
    var configuration = configuration
    configuration.multiscale.nativePatchCap = workload.nativePatchCap
    model = MUSIQModel(configuration)
    self.workload = workload
  }

  /// One warm-up pass and the median of `repeats` passes over all images.
  /// - Parameters:
  ///   - microBatchTokens: as `parallel.microBatchTokens` of a run; 1 for each image alone.
  ///   - forwardOnly: inference instead of forward and backward.
  public func run(
    workers: Int, precision: Precision, repeats: Int,
    microBatchTokens: Int = ParallelConfiguration().microBatchTokens, forwardOnly: Bool = false
  ) throws -> StepBenchmarkResult {
    let store = ParameterStore(layout: model.layout)
    store.initialize(seed: 1)
    let parameters = StepParameters(store, model: model, precision: precision)
    let images = syntheticImages()
    let shards = shards(of: images, count: workers)
    let pool = WorkerPool(count: workers)
    defer { pool.close() }
    let states = (0..<workers).map { _ in
      BenchmarkWorker(
        model: model, parameters: parameters, gradientCount: model.layout.storageCount,
        microBatchTokens: microBatchTokens, forwardOnly: forwardOnly)
    }
    var seconds: [Double] = []
    for _ in 0...repeats {
      let start = ContinuousClock.now
      parameters.prepare()
      pool.start { index in
        states[index].run(shards[index].map { images[$0] })
      }
      try pool.join()
      seconds.append((ContinuousClock.now - start) / .seconds(1))
    }
    let median = seconds.dropFirst().sorted()[repeats / 2]
    let tokens = images.map(\.tokens.validRowCount)
    let cost = ModelCost(model.configuration)
    let flops = tokens.reduce(0) {
      $0 + cost.trainingFLOPs(tokens: $1) / (forwardOnly ? 3 : 1)
    }
    return StepBenchmarkResult(
      mode: forwardOnly ? "forward" : "step", precision: precision.rawValue, workers: workers,
      imagesPerSecond: Double(images.count) / median,
      usefulGFLOPs: flops / median * 1e-9,
      tokensPerSecond: Double(tokens.reduce(0, +)) / median, peakGiB: peakResidentGiB(),
      secondsPerPass: median, matrixProducts: MatrixProducts.name)
  }

  /// Tokens with random contents: only shapes matter for speed.
  private func syntheticImages() -> [TrainingImage] {
    let tokenizer = Tokenizer(configuration: model.configuration.multiscale)
    return workload.sizes.enumerated().map { index, size in
      var random = RandomStream(seed: 0, purpose: .test, sample: index)
      let bytes = size[0] * size[1] * model.configuration.multiscale.channels
      let pixels = (0..<bytes).map { _ in
        UInt8(truncatingIfNeeded: random.next())
      }
      return TrainingImage(
        tokens: tokenizer.tokens(
          height: size[0], width: size[1], pixels: pixels, padded: false),
        target: .classIndex(0))
    }
  }

  /// Images by longest-processing-time-first, as in training.
  private func shards(of images: [TrainingImage], count: Int) -> [[Int]] {
    let cost = ModelCost(model.configuration)
    var shards = [[Int]](repeating: [], count: count)
    var load = [Double](repeating: 0, count: count)
    let order = images.indices.sorted {
      let (a, b) = (images[$0].tokens.validRowCount, images[$1].tokens.validRowCount)
      return a == b ? $0 < $1 : a > b
    }
    for image in order {
      let target = load.indices.min { load[$0] < load[$1] } ?? 0
      shards[target].append(image)
      load[target] += cost.image(tokens: images[image].tokens.validRowCount)
    }
    return shards
  }
}

/// What one worker does in a pass; used by one thread at a time.
private final class BenchmarkWorker: @unchecked Sendable {
  private let model: MUSIQModel
  private let training: (worker: GradientWorker, gradients: AlignedBuffer<Float>)?
  private let inference: Tape

  init(
    model: MUSIQModel, parameters: StepParameters, gradientCount: Int, microBatchTokens: Int,
    forwardOnly: Bool
  ) {
    self.model = model
    inference = parameters.tape(recording: false)
    training =
      forwardOnly
      ? nil
      : (
        GradientWorker(
          model: model, objective: .crossEntropy, parameters: parameters,
          microBatchTokens: microBatchTokens),
        AlignedBuffer(count: gradientCount)
      )
  }

  func run(_ images: [TrainingImage]) {
    guard let training else {
      for image in images {
        _ = model(image.tokens, on: inference)
        inference.reset()
      }
      return
    }
    training.gradients.zero()
    _ = training.worker.addGradient(
      count: images.count, to: ShardGradient(values: training.gradients.pointer),
      image: { images[$0] })
  }
}
