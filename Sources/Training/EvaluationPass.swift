// Every sample of an index through the model once, at any number of ranks.

import Autodiff
import DataParallel
import Foundation
import ImageData
import Layers
import MPI
import MUSIQ
import Multiscale
import Tensors

/// What the model says about one sample.
public struct SampleOutput: Sendable, Equatable {
  public var loss: Double
  /// Place of the label among the outputs, 0 for the largest; −1 for other targets.
  public var labelRank: Int
  /// Mean rating for quality models, the largest output's class for classifiers.
  public var prediction: Double
}

/// Results over an index.
public struct EvaluationResult: Sendable, Equatable {
  /// Images that could be read.
  public var count = 0
  /// Images that could not.
  public var failed = 0
  public var loss = 0.0
  public var top1 = 0.0
  public var top5 = 0.0
}

/// Forward passes over samples, shared by all ranks and workers.
public struct EvaluationPass {
  private let model: MUSIQModel
  private let objective: Objective
  private let world: Communicator
  private let workers: Int

  public init(model: MUSIQModel, objective: Objective, world: Communicator, workers: Int) {
    self.model = model
    self.objective = objective
    self.world = world
    self.workers = workers
  }

  /// Evaluates all samples of the loader's index, each exactly once and alone, so that the result of an
  /// image depends on nothing but the image. Sums are taken in the order of sample ids.
  /// - Returns: the result, and one output per sample (nil where the file could not be used).
  /// - Collective.
  public func callAsFunction(
    _ loader: SampleLoader, parameters: ParameterStore, data: DataConfiguration,
    onSampleError: @escaping SampleErrorHandler
  ) throws -> (result: EvaluationResult, outputs: [SampleOutput?]) {
    let lanes = shares(of: loader)
    let mine = Array(lanes[world.rank * workers..<(world.rank + 1) * workers])
    let prepared = AlignedBuffer<Float>(count: model.preparedCount)
    model.prepare(from: parameters.buffer.pointer, into: prepared.pointer)
    let queue = loader.queue(
      streamCount: workers, threadCount: data.loaderThreads,
      byteLimit: data.prefetchMegabytes << 20)
    for (stream, samples) in mine.enumerated() { queue.enqueue(samples, on: stream) }

    let results = OutputTable(count: loader.index.count)
    let pool = WorkerPool(count: workers)
    defer { pool.close() }
    let (model, objective) = (model, objective)
    pool.start { worker in
      let tape = Tape(
        parameters: parameters.buffer.pointer, prepared: prepared.pointer, recording: false)
      for _ in mine[worker] {
        switch queue.take(from: worker) {
        case .success(let sample):
          results.set(
            evaluate(sample, model: model, objective: objective, on: tape),
            at: sample.planned.sample)
        case .failure(let error): onSampleError(error)
        }
      }
    }
    try pool.join()
    return try gather(results)
  }

  /// Samples by falling cost to the worker, of all ranks, that has least.
  private func shares(of loader: SampleLoader) -> [[PlannedSample]] {
    let planner = BatchPlanner(
      index: loader.index, augmentation: Augmentation(configuration: .none, seed: 0),
      multiscale: model.configuration.multiscale,
      costModel: CostModel(ModelCost(model.configuration)), shardCount: world.size * workers)
    let order = EpochOrder(seed: 0, epoch: 0, count: loader.index.count, shuffled: false)
    let plan = planner.plan(order: order, epoch: 0, positions: 0..<loader.index.count)
    return (0..<world.size * workers).map { plan.samples(ofShard: $0) }
  }

  private func gather(
    _ table: OutputTable
  ) throws -> (result: EvaluationResult, outputs: [SampleOutput?]) {
    // Every sample was computed by one rank; the others hold zeros.
    try world.allReduce(&table.values, .sum)
    let outputs = table.outputs
    var result = EvaluationResult()
    for output in outputs {
      guard let output else {
        result.failed += 1
        continue
      }
      result.count += 1
      result.loss += output.loss
      result.top1 += output.labelRank == 0 ? 1 : 0
      result.top5 += (0..<5).contains(output.labelRank) ? 1 : 0
    }
    let weight = Double(max(result.count, 1))
    result.loss /= weight
    result.top1 /= weight
    result.top5 /= weight
    return (result, outputs)
  }
}

/// One image alone.
private func evaluate(
  _ sample: LoadedSample, model: MUSIQModel, objective: Objective, on tape: Tape
) -> SampleOutput {
  defer { tape.reset() }
  let logits = model(sample.tokens, on: tape)
  let target = Target(sample.target)
  let loss = withUnsafeTemporaryAllocation(of: Float.self, capacity: logits.columns) {
    objective(
      logits: logits.value, outputs: logits.columns, target: target, gradient: $0.baseAddress!)
  }
  guard case .label(let label) = target else {
    return SampleOutput(
      loss: loss, labelRank: -1, prediction: Double(meanOpinionScore(logits: logits.elements)))
  }
  let best = logits.elements.indices.max { logits.elements[$0] < logits.elements[$1] } ?? 0
  return SampleOutput(
    loss: loss, labelRank: rank(of: label, in: logits, row: 0), prediction: Double(best))
}

/// Outputs of all samples as numbers that can be summed over ranks. Workers write disjoint entries.
private final class OutputTable: @unchecked Sendable {
  /// `[samples, 4]`: 1 if present, loss, label rank, prediction.
  var values: [Double]
  private let lock = NSLock()

  init(count: Int) { values = [Double](repeating: 0, count: 4 * count) }

  func set(_ output: SampleOutput, at sample: Int) {
    lock.withLock {
      values[4 * sample] = 1
      values[4 * sample + 1] = output.loss
      values[4 * sample + 2] = Double(output.labelRank)
      values[4 * sample + 3] = output.prediction
    }
  }

  var outputs: [SampleOutput?] {
    stride(from: 0, to: values.count, by: 4).map { entry in
      values[entry] == 0
        ? nil
        : SampleOutput(
          loss: values[entry + 1], labelRank: Int(values[entry + 2]), prediction: values[entry + 3])
    }
  }
}
