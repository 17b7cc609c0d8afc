// The indices of a run and the order in which their samples are used.

import Foundation
import ImageData
import Labels
import Layers
import MPI
import MUSIQ
import Multiscale
import RunConfig

/// Training and validation sets of a run.
public struct TrainingData: Sendable {
  public let training: SampleIndex
  public let validation: SampleIndex?
  public let warnings: [String]
  /// How the rows of a manifest were divided, and the scores at a glance.
  public let notes: [String]
  /// The sets as they were opened.
  private var opened: [OpenedIndex]

  /// Opens the sets that the configuration names; sizes are read from headers once and kept.
  ///
  /// `data.train` and `data.validation` are two sources; without `data.train` both parts come from
  /// `data.manifest` by `data.split`.
  /// - Parameters:
  ///   - objective: its loss chooses among the labels of a manifest that has several kinds.
  ///   - classes: those that labels have to be places of.
  ///   - indexDirectory: where indices are kept; nil to keep none.
  /// - Collective. Throws: `DataError`, `TrainingError`, the same on every rank.
  package init(
    _ data: DataConfiguration, objective: ObjectiveConfiguration = ObjectiveConfiguration(),
    classes: Classes = Classes(), indexDirectory: String?, world: Communicator
  ) throws {
    let directory = data.indexDirectory.isEmpty ? indexDirectory : data.indexDirectory
    var builder = IndexBuilder(data, objective: objective)
    let opened = try builder.open(data.trainingSource, cacheDirectory: directory, world: world)
    var warnings = opened.warnings
    (training, warnings) = try Self.labeled(
      opened.index, as: classes.known(to: opened.index), unknown: data.unknownClasses, warnings)
    var notes = opened.notes
    self.opened = [opened]
    try Self.check(training, data: data, isTraining: true)
    if let source = data.validationSource {
      if IndexBuilder.isManifest(source.path) { builder.kind = training.kind }
      let held = try builder.open(source, cacheDirectory: directory, world: world)
      let own = KnownClasses(
        ClassNames(training.classNames), of: "the training data in \(training.root)")
      let (index, remarks) = try Self.labeled(
        held.index, as: training.kind == .classes ? own : nil, unknown: data.unknownClasses,
        held.warnings)
      try index.checkClasses(match: training)
      try Self.check(index, data: data, isTraining: false)
      warnings += remarks
      if let shared = try SetOverlap.check(
        training: training, held: index, rule: data.overlap, workers: data.loaderThreads,
        world: world)
      {
        warnings.append(shared)
      }
      validation = index
      self.opened.append(held)
      notes += held.notes
    } else {
      validation = nil
    }
    self.warnings = warnings
    self.notes =
      notes + Self.summaries(of: training, "training")
      + (validation.map { Self.summaries(of: $0, "validation") } ?? [])
  }

  /// Classes that are settled before the training set is read.
  package struct Classes {
    /// By the configuration.
    var configured: KnownClasses?
    /// Of the outputs that the run goes on to train.
    var trained: KnownClasses?

    package init() {}

    init(configured: KnownClasses?, trained: KnownClasses?) {
      (self.configured, self.trained) = (configured, trained)
    }

    /// Those that the labels of the training set have to be places of; nil for its own.
    ///
    /// A set with classes that the trained outputs do not have keeps its own: then the run is another one,
    /// which is for the comparison with its checkpoint to say.
    fileprivate func known(to index: SampleIndex) -> KnownClasses? {
      if let configured { return configured }
      guard let trained else { return nil }
      let match = ClassMatch(index.classNames, among: trained.classes)
      return match.basis == .names && match.places.allSatisfy { $0 != nil } ? trained : nil
    }
  }

  /// A set with the labels of the classes that are asked for, and what there is to say about it.
  private static func labeled(
    _ index: SampleIndex, as classes: KnownClasses?, unknown: UnknownClasses, _ warnings: [String]
  ) throws -> (SampleIndex, [String]) {
    guard let classes, index.kind == .classes else { return (index, warnings) }
    let (labeled, own) = try index.relabeled(as: classes, unknown: unknown)
    return (labeled, warnings + own)
  }

  /// Refuses scores on another scale than configured, and scores from which nothing can be learned.
  private static func check(
    _ index: SampleIndex, data: DataConfiguration, isTraining: Bool
  ) throws {
    if index.kind == .ratings {
      let counts = Set(index.samples.map { $0.target.count })
      guard counts.count == 1 else {
        throw DataError.labels(
          source: index.root,
          problem: "images have different numbers of ratings: \(counts.sorted())")
      }
    } else if let mismatch = TargetScores(index).mismatch(range: data.scoreRange) {
      throw TrainingError.scale(
        root: index.root, found: mismatch.found, range: data.scoreRange[0]...data.scoreRange[1],
        own: mismatch.scale)
    }
    guard isTraining else { return }
    for (place, statistics) in columns(of: index).enumerated()
    where statistics.count > 1 && statistics.lowest == statistics.highest {
      throw TrainingError.constantScores(
        root: index.root, count: statistics.count,
        name: index.classNames.isEmpty ? nil : index.classNames[place], score: statistics.lowest)
    }
  }

  /// The scores of each output; none for classes.
  private static func columns(of index: SampleIndex) -> [TargetScores] {
    switch index.kind {
    case .classes: []
    case .score, .ratings: [TargetScores(index)]
    case .attributes: index.classNames.indices.map { TargetScores(index, attribute: $0) }
    }
  }

  private static func summaries(of index: SampleIndex, _ part: String) -> [String] {
    columns(of: index).enumerated().map { place, statistics in
      let name = index.kind == .attributes ? " \(index.classNames[place])" : ""
      return "\(part) labels\(name): \(statistics)"
    }
  }

  /// Keeps the indices for the next start of the run. Called when nothing can be wrong with it any more.
  /// - Collective. Throws: `DataError.unwritable`, the same on every rank.
  public func keepIndices(world: Communicator) throws {
    for opened in opened { try opened.keep(world: world) }
  }

  /// Steps of one epoch; the last batch may be smaller.
  public func stepsPerEpoch(globalBatchSize: Int) -> Int {
    (training.count + globalBatchSize - 1) / globalBatchSize
  }
}
