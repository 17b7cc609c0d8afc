// What a run learns: objective, outputs and their meaning, resolved from configuration, training set and
// initial parameters. Contradictions between the three are found here, before anything is computed.

import Foundation
import ImageData
import Labels
import Layers
import MUSIQ
import RunConfig
import Tables

/// The objective of a run and its configuration with nothing left to the data.
struct LearningTask {
  /// The configuration with `model.outputCount` and `model.score` resolved.
  private(set) var configuration: RunConfiguration
  let objective: Objective
  /// Whether the head of the initial parameters is used.
  let head: HeadUse

  /// - Parameter history: meaning of the outputs in the checkpoint that the run goes on from.
  /// - Throws: `TrainingError` of kind `configuration`; `ConfigurationError` where the data gives a key a
  ///   value out of its range; `DataError`.
  init(
    _ configuration: RunConfiguration, training index: SampleIndex, initial: InitialModel,
    history: ScoreConfiguration? = nil
  ) throws {
    self.configuration = configuration
    let kind = index.kind
    let configured = configuration.model.score.kind
    guard configured == .auto || configured == .fixed(kind) else {
      throw TrainingError.scoreKind(kind: configured.rawValue, labels: Self.labels(index))
    }
    let outputs = try Self.outputCount(configuration.model.outputCount, for: index)
    objective = try Self.objective(configuration.objective, for: index)
    head = try initial.headUse(outputs: outputs, kind: kind, names: index.classNames)
    self.configuration.model.outputCount = outputs
    self.configuration.model.score = Self.score(
      configuration, kind: kind, outputs: outputs, index: index,
      kept: history ?? (head.isKept ? initial.score : nil))
    // What is stored now must be readable when the run resumes.
    try self.configuration.validate()
  }

  /// One line for people.
  var description: String {
    let model = configuration.model
    var text =
      "\(model.outputCount) \(model.outputCount == 1 ? "output" : "outputs") (\(model.score.kind.rawValue)"
    let names = model.score.names
    if model.score.kind == .fixed(.classes), !names.isEmpty {
      text += ": \(BriefList(names))"
    } else if !names.isEmpty {
      text += ": \(names.joined(separator: ", "))"
    }
    text += "), loss "
    switch objective {
    case .crossEntropy: text += "crossEntropy"
    case .absoluteError: text += "absoluteError"
    case .earthMoversDistance(let exponent): text += "earthMoversDistance of order \(exponent)"
    }
    guard model.score.offset != 0 || model.score.scale != 1 else { return text }
    return text + ", score = \(model.score.offset) + \(model.score.scale) × output"
  }

  // MARK: Pieces

  /// What the training set is labeled with, in words.
  private static func labels(_ index: SampleIndex) -> String {
    let what =
      switch index.kind {
      case .classes: "\(index.classNames.count) classes"
      case .score: "one score per image"
      case .ratings: "ratings c1 to c\(ratingCount(index))"
      case .attributes: "\(index.classNames.count) scores per image"
      }
    return "the training data has \(what) (\(index.root))"
  }

  private static func ratingCount(_ index: SampleIndex) -> Int {
    guard case .ratings(let shares)? = index.samples.first?.target else { return 0 }
    return shares.count
  }

  /// Outputs that the labels need; classes may have more.
  private static func outputCount(_ configured: Int, for index: SampleIndex) throws -> Int {
    let needed: Int
    switch index.kind {
    case .score: needed = 1
    case .attributes: needed = index.classNames.count
    case .ratings: needed = ratingCount(index)
    case .classes:
      needed = max(1, index.classNames.count)
      guard configured == 0 || configured >= needed else {
        throw TrainingError.tooFewOutputs(
          expected: needed, found: configured, root: index.root)
      }
      return configured == 0 ? needed : configured
    }
    guard configured == 0 || configured == needed else {
      throw TrainingError.outputs(
        expected: needed, found: configured, labels: labels(index))
    }
    return needed
  }

  /// The loss, which must be able to compare the outputs with the labels.
  private static func objective(
    _ configuration: ObjectiveConfiguration, for index: SampleIndex
  ) throws -> Objective {
    let distance = Objective.earthMoversDistance(exponent: configuration.exponent)
    switch (configuration.loss, index.kind) {
    case (.auto, .classes): return .crossEntropy
    case (.auto, .score), (.auto, .attributes): return .absoluteError
    case (.auto, .ratings): return distance
    case (.crossEntropy, .classes), (.crossEntropy, .ratings): return .crossEntropy
    case (.absoluteError, .score), (.absoluteError, .attributes): return .absoluteError
    case (.earthMoversDistance, .ratings): return distance
    case (.crossEntropy, _), (.absoluteError, _), (.earthMoversDistance, _):
      throw TrainingError.loss(configuration.loss, labels: labels(index))
    }
  }

  /// The meaning of the outputs. What is configured wins over what a trained head brings, that over the
  /// data.
  private static func score(
    _ configuration: RunConfiguration, kind: LabelKind, outputs: Int,
    index: SampleIndex, kept: ScoreConfiguration?
  ) -> ScoreConfiguration {
    var score = configuration.model.score
    score.kind = .fixed(kind)
    score.names = kind == .attributes || kind == .classes ? index.classNames : []
    let all = TargetScores(index)
    if kind == .score || kind == .attributes {
      let isUntouched = score.offset == 0 && score.scale == 1
      if isUntouched, let kept {
        (score.offset, score.scale) = (kept.offset, kept.scale)
      } else if isUntouched, configuration.objective.normalize == .auto, all.deviation > 0 {
        (score.offset, score.scale) = (rounded(all.median), rounded(all.deviation))
      }
    }
    if let kept {
      score.lowerIsBetter = score.lowerIsBetter || kept.lowerIsBetter
      if score.range.isEmpty { score.range = kept.range }
    }
    if !configuration.data.scoreRange.isEmpty { score.range = configuration.data.scoreRange }
    switch kind {
    case .classes: (score.range, score.quantiles) = ([], [])
    case .ratings: score.range = outputs > 1 ? [1, Double(outputs)] : []
    case .score, .attributes:
      if score.range.isEmpty, all.lowest < all.highest { score.range = [all.lowest, all.highest] }
    }
    if kind != .classes {
      let main = kind == .attributes ? TargetScores(index, attribute: 0) : all
      score.quantiles = main.quantiles(quantileCount).map(rounded)
    }
    return score
  }

  /// Steps of 5 %.
  private static let quantileCount = 21

  /// To six digits: enough for a unit, and short in config.yaml. Keeps the order.
  private static func rounded(_ value: Double) -> Double {
    Double(brief(value, digits: 6)) ?? value
  }
}
