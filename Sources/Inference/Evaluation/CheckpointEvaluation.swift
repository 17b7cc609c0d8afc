// Evaluation of stored models on a labelled set: each alone, and their average ensemble.

import DataParallel
import Evaluation
import Foundation
import ImageData
import Kernels
import Labels
import MPI
import MUSIQ
import RunConfig
import Tensors

/// What `evaluate` is asked for.
public struct EvaluationRequest: Sendable {
  /// Files of models; several form an ensemble.
  public var checkpoints: [String]
  /// Values over the configuration of every model.
  public var overrides: [String]
  /// The rows of a manifest.
  public var rows = Rows.automatic
  /// Worker threads per rank; 0 for all processors, nil for `parallel.workers` of each model.
  public var workers: Int?
  /// Products of the forward pass.
  public var precision = Precision.fp32
  /// Sets drawn for confidence intervals; 0 for none.
  public var resamples = 1000
  /// Seed of the intervals.
  public var seed: UInt64 = 0

  /// Which rows of a manifest.
  public enum Rows: Equatable, Sendable {
    /// The rows that the run held out, where the set is the manifest that it divided; else all.
    case automatic
    case all
    /// By `data.split`.
    case part(DataSplit)
  }

  public init(checkpoints: [String], overrides: [String] = []) {
    (self.checkpoints, self.overrides) = (checkpoints, overrides)
  }
}

/// Models with the set they are to be measured on.
public struct CheckpointEvaluation {
  private let request: EvaluationRequest
  private let models: [StoredModel]
  private let index: SampleIndex
  private let split: DataSplit?
  private let notes: [String]
  private let precision: Precision
  /// What the user should know before the images are read.
  public let notices: [EvaluationNotice]
  private let world: Communicator

  /// Reads models and configurations, then opens the set that the first of them names.
  /// - Collective: every rank reads the files.
  public init(_ request: EvaluationRequest, world: Communicator) throws {
    self.request = request
    self.world = world
    models = try request.checkpoints.map { try StoredModel($0, overrides: request.overrides) }
    for model in models { try model.requireFinite() }
    try models.requireEqual(in: world)
    let source = try EvaluationSource(models, request: request, world: world)
    let opened = try source.open(world: world)
    (index, split, notes) = (opened.index, source.split, opened.notes)
    precision = try usablePrecision(request.precision, world: world)
    var notices = source.notices + opened.warnings.map(EvaluationNotice.remark)
    if precision != request.precision { notices.append(.remark(bfloat16Notice)) }
    self.notices = notices
    for model in models { try Self.check(model, against: index, isEnsemble: models.count > 1) }
  }

  /// One model, without more ado.
  public init(checkpoint: String, overrides: [String], world: Communicator) throws {
    try self.init(
      EvaluationRequest(checkpoints: [checkpoint], overrides: overrides), world: world)
  }

  /// Evaluates every image once with every model.
  /// - Parameters:
  ///   - onProgress: told on every rank how many images of how many are done, of all models together.
  ///   - warn: receives one line per image that could not be used; called on every rank for the images it
  ///     reads.
  /// - Collective.
  public func run(
    onProgress: @escaping (_ done: Int, _ count: Int) -> Void = { _, _ in },
    warn: @escaping @Sendable (String) -> Void
  ) throws -> EvaluationReport {
    let bootstrap = Bootstrap(resamples: request.resamples, seed: request.seed)
    var evaluated: [EvaluationReport.Model] = []
    for (place, model) in models.enumerated() {
      // A file that one model cannot read, the others cannot read either: it is told once.
      let watch = PassWatch(
        onProgress: { done, count in onProgress(place * count + done, models.count * count) })
      let result = try measure(model, watch) { if place == 0 { warn($0) } }
      guard result.count > 0 else {
        throw EvaluationError.nothingEvaluated(
          root: index.root, model: model.path, failed: result.failedCount)
      }
      var table = result.table(parts: reading(model).parts, exponent: exponent)
      try table.findIntervals(bootstrap, world: world)
      evaluated.append(EvaluationReport.Model(stored: model, result: result, table: table))
    }
    let ensemble = try ensemble(of: evaluated, bootstrap)
    return EvaluationReport(
      models: evaluated, ensemble: ensemble, index: index, split: split, notes: notes,
      precision: precision, bootstrap: bootstrap, exponent: exponent)
  }

  /// The order of the earth mover's distance, of the first model for all.
  private var exponent: Double { models[0].configuration.objective.exponent }

  private func reading(_ model: StoredModel) -> ScoreReading {
    let c = model.configuration.model
    return ScoreReading(c.score, outputs: c.outputCount, index: index)
  }

  private func measure(
    _ stored: StoredModel, _ watch: PassWatch, warn: @escaping @Sendable (String) -> Void
  ) throws -> EvaluationResult {
    let configuration = stored.configuration
    var parallel = configuration.parallel
    // There are no shards here that could limit the workers.
    parallel.gradientShards = 1 << 20
    if let workers = request.workers { parallel.workers = workers }
    let pass = EvaluationPass(
      model: stored.model, name: stored.path, world: world,
      workers: try parallel.workerCount(world: world), precision: precision)
    return try pass(
      SampleLoader(index, for: configuration), parameters: stored.parameters,
      data: configuration.data, watch: watch,
      onTrouble: { warn("\($0)") })
  }

  /// The average of several models; nil for one.
  private func ensemble(
    of models: [EvaluationReport.Model], _ bootstrap: Bootstrap
  ) throws -> EvaluationReport.Ensemble? {
    let lists = models.compactMap { model -> [ScoredSample]? in
      if case .scores(_, let records) = model.result { records } else { nil }
    }
    guard lists.count > 1, let first = self.models.first else { return nil }
    let records = ScoredSample.average(of: lists)
    let result = EvaluationResult.scores(
      QualityReport(
        records, failedCount: index.count - records.count, score: reading(first).parts.mainName),
      records)
    var table = result.table(parts: reading(first).parts, exponent: exponent)
    try table.findIntervals(bootstrap, world: world)
    return EvaluationReport.Ensemble(result: result, table: table)
  }

  /// Labels must be something that the model's outputs can be compared with.
  private static func check(
    _ stored: StoredModel, against index: SampleIndex, isEnsemble: Bool
  ) throws {
    let model = stored.configuration.model
    switch index.kind {
    case .classes:
      if isEnsemble { throw EvaluationError.ensembleOfClasses(root: index.root) }
      let kind = model.score.kind(outputs: model.outputCount)
      guard kind == .classes else {
        throw EvaluationError.classesForScores(
          root: index.root, model: stored.path, outputs: model.outputCount, kind: kind)
      }
    case .score, .ratings, .attributes:
      guard model.score.kind(outputs: model.outputCount) != .classes else {
        throw EvaluationError.scoresForClasses(
          root: index.root, model: stored.path, outputs: model.outputCount)
      }
    }
    guard index.kind == .attributes, model.outputCount > 1,
      model.score.kind(outputs: model.outputCount) == .attributes,
      ScoreReading.outputs(of: index.classNames, in: model.score, outputs: model.outputCount) == nil
    else { return }
    throw EvaluationError.attributesDiffer(
      root: index.root, names: index.classNames, model: stored.path, modelNames: model.score.names)
  }
}

extension EvaluationResult {
  /// All figures of the records.
  func table(parts: LabelMeaning, exponent: Double) -> MetricTable {
    switch self {
    case .classes(_, let records): MetricTable(records)
    case .scores(_, let records): MetricTable(records, parts: parts, exponent: exponent)
    }
  }

  /// All figures of the evaluation of a model on the samples of `index`.
  /// - Parameter exponent: order of the earth mover's distance.
  public func table(
    of model: MUSIQConfiguration, on index: SampleIndex, exponent: Double
  ) -> MetricTable {
    let reading = ScoreReading(model.score, outputs: model.outputCount, index: index)
    return table(parts: reading.parts, exponent: exponent)
  }
}
