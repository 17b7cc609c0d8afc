// What is other than when a run was saved. What changes the meaning of the run is refused unless it is
// allowed by kind; the rest is told.

import Checkpoints
import Labels
import MUSIQ
import RunConfig

/// One difference between a run and the checkpoint that it goes on from.
public struct RunChange: Codable, Equatable, Sendable, CustomStringConvertible {
  /// What the difference changes.
  public enum Kind: String, Codable, CaseIterable, Sendable {
    /// The images or labels that train.
    case data
    /// What the outputs of a classifier stand for.
    case classes
    /// The scale of the outputs. A trained head keeps its units, so this is never allowed.
    case units
    /// Which rows train.
    case split
    case seed
    /// Length of the run and course of the learning rate.
    case schedule
    /// Images per update.
    case batch
    case optimizer
    case objective
    case augmentation
    case model
  }

  /// Nil for a difference that changes speed, place or rounding only.
  public let kind: Kind?
  /// A key, or `the training set`.
  public let name: String
  public let before: String
  public let now: String

  public init(_ kind: Kind?, _ name: String, before: String, now: String) {
    (self.kind, self.name, self.before, self.now) = (kind, name, before, now)
  }

  public var description: String { "\(name) was \(before) in the checkpoint and is \(now) now" }
}

extension RunChange {
  /// Everything that differs, in the order of the keys.
  /// - Parameters:
  ///   - state: of the checkpoint. One of an earlier version does not know its training set, or its
  ///     classes: what is not known is no difference.
  ///   - training: the training set now.
  static func all(
    since state: CheckpointState, configuration: RunConfiguration, training: TrainingSetIdentity
  ) throws -> [RunChange] {
    let before = try RunConfiguration.read(
      yaml: state.configuration, named: "the checkpoint's configuration")
    var changes = configuration.differences(from: before).compactMap { difference in
      setting(difference.path, before: difference.other, now: difference.this)
    }
    let (old, new) = (before.model.score.names, configuration.model.score.names)
    if !old.isEmpty, old != new {
      changes.append(
        RunChange(
          .classes, "model.score.names", before: "\(BriefList(old))", now: "\(BriefList(new))"))
    }
    if let saved = state.training, let (old, new) = training.difference(from: saved) {
      // Another division of the same rows has other images by itself.
      let isSplit = changes.contains { $0.kind == .split }
      changes.append(
        RunChange(isSplit ? .split : .data, "the training set", before: old, now: new))
    }
    return changes
  }

  /// Parts of keys from the left, with what a difference below them changes; the first that fits counts.
  private static let kinds: [(prefix: String, kind: Kind?)] = [
    ("model.score.offset", .units), ("model.score.scale", .units),
    // Both follow from the training scores.
    ("model.score.range", nil), ("model.score.quantiles", nil),
    ("model.", .model), ("data.dct", .model),
    ("data.split.", .split), ("data.targets", .data), ("data.salvage", .data),
    ("augmentation.", .augmentation), ("objective.", .objective), ("optimizer.", .optimizer),
    ("schedule.", .schedule), ("run.seed", .seed), ("parallel.globalBatchSize", .batch),
    ("parallel.gradientShards", nil), ("parallel.microBatchTokens", nil),
    ("parallel.precision", nil), ("parallel.reduction", nil), ("parallel.wire", nil),
  ]

  /// The differences that may be, each allowed by its kind or harmless.
  /// - Throws: `TrainingError` naming all others; `ConfigurationError` for a configuration that this
  ///   version cannot read.
  static func accepted(
    since state: CheckpointState, at path: String, run: RunAssembly, training: TrainingSetIdentity,
    allowing allowed: Set<Kind>
  ) throws -> [RunChange] {
    let changes = try all(
      since: state, configuration: run.configuration, training: training)
    let refused = changes.filter { change in
      change.kind.map { $0 == .units || !allowed.contains($0) } ?? false
    }
    guard refused.isEmpty else {
      throw TrainingError.changed(checkpoint: path, changes: refused)
    }
    guard state.step <= run.schedule.totalSteps else {
      throw TrainingError.pastEnd(
        checkpoint: path, step: state.step, totalSteps: run.schedule.totalSteps)
    }
    return changes
  }

  /// The change that a setting makes; nil if it is not worth a word: where data lies, who computes, when
  /// it is told.
  private static func setting(_ path: String, before: String, now: String) -> RunChange? {
    // Told by the names, in brief.
    guard path != "model.score.names" else { return nil }
    return kinds.first { path.hasPrefix($0.prefix) }.map {
      RunChange($0.kind, path, before: before, now: now)
    }
  }
}
