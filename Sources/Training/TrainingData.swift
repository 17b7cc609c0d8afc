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

  /// Opens the sets that the configuration names; sizes are read from headers once and kept.
  ///
  /// `data.train` and `data.validation` are two sources; without `data.train` both parts come from
  /// `data.manifest` by `data.split`.
  /// - Parameters:
  ///   - objective: its loss chooses among the labels of a manifest that has several kinds.
  ///   - indexDirectory: where indices are kept; nil to keep none.
  /// - Collective. Throws: `DataError`, `TrainingError`, the same on every rank.
  public init(
    _ data: DataConfiguration, objective: ObjectiveConfiguration = ObjectiveConfiguration(),
    indexDirectory: String?, world: Communicator
  ) throws {
    let directory = data.indexDirectory.isEmpty ? indexDirectory : data.indexDirectory
    if data.dividesManifest, !IndexBuilder.isManifest(data.manifest) {
      throw TrainingError.indivisible(manifest: data.manifest)
    }
    var builder = IndexBuilder(data, objective: objective)
    builder.split = data.trainingSource.split
    let opened = try builder.open(
      data.trainingSource.path, cacheDirectory: directory, world: world)
    training = opened.index
    var warnings = opened.warnings + Self.exclusions(of: opened)
    var notes = opened.notes
    try Self.check(training, data: data, isTraining: true)
    if let source = data.validationSource {
      builder.classNames = training.classNames
      builder.split = source.split
      if IndexBuilder.isManifest(source.path) { builder.kind = training.kind }
      let held = try builder.open(source.path, cacheDirectory: directory, world: world)
      if training.kind != .classes { try held.index.checkClasses(match: training) }
      try Self.check(held.index, data: data, isTraining: false)
      validation = held.index
      warnings += held.warnings + Self.exclusions(of: held)
      notes += held.notes
    } else {
      validation = nil
    }
    self.warnings = warnings
    self.notes =
      notes + Self.summaries(of: training, "training")
      + (validation.map { Self.summaries(of: $0, "validation") } ?? [])
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

  /// What an index that was measured in an earlier run has to say; a new one has its own warnings.
  private static func exclusions(of opened: OpenedIndex) -> [String] {
    let index = opened.index
    guard !opened.wasBuilt, let first = index.excluded.first else { return [] }
    return [
      "\(index.excluded.count) of \(index.excluded.count + index.count) files in \(index.root) are "
        + "unusable and excluded, for example \(first.path): \(first.reason)"
    ]
  }

  /// Steps of one epoch; the last batch may be smaller.
  public func stepsPerEpoch(globalBatchSize: Int) -> Int {
    (training.count + globalBatchSize - 1) / globalBatchSize
  }
}
