// Every sample of an index through the model once, at any number of ranks.

import Autodiff
import DataParallel
import Evaluation
import Foundation
import ImageData
import Kernels
import Labels
import MPI
import MUSIQ
import Multiscale
import RunConfig
import Tables
import Tensors
import Watchdog

/// Metrics over an index, with the gathered records they were computed from, in order of sample ids.
public enum EvaluationResult: Sendable, Equatable {
  case classes(ClassificationReport, [ClassifiedSample])
  case scores(QualityReport, [ScoredSample])

  /// Images that were evaluated.
  public var count: Int {
    switch self {
    case .classes(let report, _): report.count
    case .scores(let report, _): report.count
    }
  }

  /// Images that could not be read.
  public var failedCount: Int {
    switch self {
    case .classes(let report, _): report.failedCount
    case .scores(let report, _): report.failedCount
    }
  }
}

extension EvaluationResult {
  /// Images that were evaluated although only a part of the file could be decoded.
  public var salvagedCount: Int {
    switch self {
    case .classes(_, let records): records.count { $0.isSalvaged }
    case .scores(_, let records): records.count { $0.isSalvaged }
    }
  }
}

extension EvaluationResult: CustomStringConvertible {
  /// One line for people.
  public var description: String {
    let metrics =
      switch self {
      case .classes(let report, _):
        "top-1 \(fixed(report.top1, 4))  top-5 \(fixed(report.top5, 4))  loss "
          + fixed(report.meanLoss, 6)
      case .scores(let report, _):
        "SRCC \(fixed(report.spearmanRankCorrelation, 4))  PLCC "
          + "\(fixed(report.pearsonLinearCorrelation, 4))  RMSE "
          + fixed(report.rootMeanSquareError, 4) + (report.score.map { "  of \($0)" } ?? "")
      }
    let salvaged = salvagedCount > 0 ? ", \(salvagedCount) salvaged" : ""
    return "\(metrics)  (\(count) images, \(failedCount) unreadable\(salvaged))"
  }
}

/// What happens beside a pass, about five times a second, on every rank's main thread.
public struct PassWatch {
  /// Whether this rank wants the pass to stop: it then does on all ranks, within an image.
  public var isStopAsked: () -> Bool
  /// Told the images that all ranks have done.
  public var onProgress: (_ done: Int, _ count: Int) -> Void

  public init(
    isStopAsked: @escaping () -> Bool = { false },
    onProgress: @escaping (_ done: Int, _ count: Int) -> Void = { _, _ in }
  ) {
    (self.isStopAsked, self.onProgress) = (isStopAsked, onProgress)
  }
}

/// A pass that was stopped before its end, on all ranks.
public struct PassStopped: Error {}

/// Forward passes over samples, shared by all ranks and workers.
public struct EvaluationPass {
  private let model: MUSIQModel
  private let name: String
  private let world: Communicator
  private let workers: Int
  private let precision: Precision

  /// - Parameter name: the model in errors.
  public init(
    model: MUSIQModel, name: String = "the model", world: Communicator, workers: Int,
    precision: Precision = .fp32
  ) {
    self.name = name
    self.precision = precision
    self.model = model
    self.world = world
    self.workers = workers
  }

  /// Evaluates all samples of the loader's index, each exactly once and alone, so that the result of an
  /// image depends on nothing but the image. Sums are taken in the order of sample ids.
  /// - Collective.
  /// - Throws: `NonFiniteModel`, the same on all ranks, if the model gives no number for an image;
  ///   `PassStopped` on every rank when any rank's watch asks for it.
  public func callAsFunction(
    _ loader: SampleLoader, parameters: ParameterStore, data: DataConfiguration,
    watch: PassWatch = PassWatch(), onTrouble: @escaping SampleTroubleHandler
  ) throws -> EvaluationResult {
    Watchdog.shared.enter(.validating)
    let mine = try shares(of: loader)
    let parameters = StepParameters(parameters, model: model, precision: precision)
    parameters.prepare()
    let queue = loader.queue(
      streamCount: workers, threadCount: data.loaderThreads,
      byteLimit: data.prefetchMegabytes << 20)
    for (stream, samples) in mine.enumerated() { queue.enqueue(samples, on: stream) }

    let records = RecordCollector(
      reading: ScoreReading(
        model.configuration.score, outputs: model.configuration.outputCount, index: loader.index))
    let pool = WorkerPool(count: workers)
    defer { pool.close() }
    let model = model
    let progress = PassProgress(mine.reduce(0) { $0 + $1.count })
    pool.start { worker in
      let tape = parameters.tape(recording: false)
      for _ in mine[worker] where !progress.isStopped {
        defer { progress.finishOne() }
        Watchdog.shared.noteProgress()
        switch queue.take(from: worker) {
        case .success(let sample):
          if let damage = sample.damage { onTrouble(.salvaged(damage)) }
          records.add(model(sample.tokens, on: tape).elements, for: sample)
          tape.reset()
        case .failure(let error):
          records.addFailure()
          onTrouble(.skipped(error))
        }
      }
    }
    let isStopped = try follow(progress, count: loader.index.count, watch)
    try pool.join()
    if isStopped { throw PassStopped() }
    let notFinite = try world.gather(records.notFinite).flatMap { $0 }.sorted()
    if let first = notFinite.first {
      throw NonFiniteModel.outputs(
        model: name, count: notFinite.count, first: loader.index.path(of: first))
    }
    return try records.result(kind: loader.index.kind, world: world)
  }

  /// Waits until all ranks are done or one of them wants to stop; all learn it at the same time.
  /// - Returns: whether the pass is stopped.
  private func follow(
    _ progress: PassProgress, count: Int, _ watch: PassWatch
  ) throws -> Bool {
    var before: Int64 = 0
    while true {
      let done = progress.wait(atMostSeconds: 0.2)
      var sums = [done, progress.count == done ? 1 : 0, watch.isStopAsked() ? 1 : 0].map(Int64.init)
      try world.allReduce(&sums, .sum)
      // A rank that is done waits for the others.
      if sums[0] > before { Watchdog.shared.noteProgress() }
      before = sums[0]
      watch.onProgress(Int(sums[0]), count)
      if sums[1] == world.size { return false }
      if sums[2] > 0 {
        progress.stop()
        return true
      }
    }
  }

  /// The samples of each worker of this rank: by falling cost to the worker, of all ranks, that has
  /// least. Ranks may have different numbers of workers.
  private func shares(of loader: SampleLoader) throws -> [[PlannedSample]] {
    let counts = try world.allGather([workers]).map { $0[0] }
    let planner = BatchPlanner(
      index: loader.index, augmentation: Augmentation(configuration: .none, seed: 0),
      multiscale: model.configuration.multiscale,
      costModel: CostModel(ModelCost(model.configuration)), shardCount: counts.reduce(0, +))
    let order = EpochOrder(seed: 0, epoch: 0, count: loader.index.count, shuffled: false)
    let plan = planner.plan(order: order, epoch: 0, positions: 0..<loader.index.count)
    let first = counts[..<world.rank].reduce(0, +)
    return (first..<first + workers).map { plan.samples(ofShard: $0) }
  }
}

/// How far the workers of a rank are.
private final class PassProgress: @unchecked Sendable {
  let count: Int
  private let condition = NSCondition()
  private var done = 0
  private var stopped = false

  init(_ count: Int) { self.count = count }

  var isStopped: Bool { condition.withLock { stopped } }

  func stop() { condition.withLock { stopped = true } }

  func finishOne() {
    condition.withLock {
      done += 1
      if done == count { condition.broadcast() }
    }
  }

  /// The images done when all are, or when the time is over.
  func wait(atMostSeconds seconds: Double) -> Int {
    let deadline = Date(timeIntervalSinceNow: seconds)
    return condition.withLock {
      while done < count, condition.wait(until: deadline) {}
      return done
    }
  }
}

/// What the workers of a rank found, in any order: gathering sorts by sample id.
private final class RecordCollector: @unchecked Sendable {
  private let lock = NSLock()
  private let reading: ScoreReading
  private var classified: [ClassifiedSample] = []
  private var scored: [ScoredSample] = []
  private var failedCount = 0
  /// Samples whose outputs give no number.
  private(set) var notFinite: [Int] = []

  init(reading: ScoreReading) { self.reading = reading }

  func add(_ outputs: UnsafeBufferPointer<Float>, for sample: LoadedSample) {
    let id = sample.planned.sample
    guard outputs.allSatisfy(\.isFinite) else {
      lock.withLock { notFinite.append(id) }
      return
    }
    if case .classIndex(let label) = sample.target {
      var record = ClassifiedSample(sample: id, logits: outputs, label: Int(label))
      record.isSalvaged = sample.damage != nil
      lock.withLock { classified.append(record) }
      return
    }
    var record = reading.record(id, outputs: outputs, target: sample.target)
    record.isSalvaged = sample.damage != nil
    lock.withLock { scored.append(record) }
  }

  func addFailure() { lock.withLock { failedCount += 1 } }

  /// - Collective.
  func result(kind: LabelKind, world: Communicator) throws -> EvaluationResult {
    let failed = try world.allReduce(failedCount, .sum)
    if kind == .classes {
      let all = try world.gather(classified)
      return .classes(ClassificationReport(all, failedCount: failed), all)
    }
    let all = try world.gather(scored)
    return .scores(QualityReport(all, failedCount: failed, score: reading.parts.mainName), all)
  }
}
