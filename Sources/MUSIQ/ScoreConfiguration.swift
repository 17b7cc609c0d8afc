// The section `model.score` of a run's configuration: what the outputs of a head stand for. It is
// part of the model, so a checkpoint explains its own scores.

import Configuration
import Labels

/// Meaning and scale of a model's outputs.
public struct ScoreConfiguration: ConfigurationSection {
  /// What the outputs are.
  public enum Kind: Hashable, Sendable {
    /// By their number, as the published heads: one is a score, ten are ratings, others are
    /// classes. Training replaces it by what the data is.
    case auto
    /// Scores and attributes are outputs; ratings and classes are logits, and the score of ratings
    /// is their mean. Classes have a score that says nothing.
    case fixed(LabelKind)
  }

  public var kind: Kind
  /// Names of the outputs of `classes` and `attributes`, in their order; empty if unknown.
  public var names: [String]
  /// A score in the units of the data set is `offset + scale · output` (kinds `score`,
  /// `attributes`). The published heads have 0 and 1.
  public var offset: Double
  public var scale: Double
  /// Lowest and highest score of the data set, typical and not guaranteed for a prediction; empty
  /// if unknown.
  public var range: [Double]
  /// Whether a low score is a good one (DMOS).
  public var lowerIsBetter: Bool
  /// Quantiles of the training scores at even steps from 0 to 1, ascending, for percentiles of
  /// predictions; empty if unknown.
  public var quantiles: [Double]

  public static let keys: [ConfigurationKey<Self>] = [
    .choice(
      "kind", \.kind,
      """
      what outputs are: a `score`, `ratings`, `classes` or `attributes`; `auto`: what the labels of \
      the data are
      """),
    .list(
      "names", \.names, "different names",
      "names of the classes or attributes in the order of the outputs; written by training"
    ) { Set($0).count == $0.count },
    .number(
      "offset", \.offset, .from(-1e30, to: 1e30),
      "score in units of the data set = offset + scale × output; see `objective.normalize`"),
    .number(
      "scale", \.scale, .positive(upTo: 1e30), "the factor of the same line from outputs to scores"),
    .list(
      "range", \.range, "[lowest, highest] or nothing",
      "lowest and highest score; []: `data.scoreRange`, or those of the training data"
    ) { $0.isEmpty || ($0.count == 2 && $0[0] < $0[1]) },
    .flag("lowerIsBetter", \.lowerIsBetter, "whether low scores are good ones"),
    .list(
      "quantiles", \.quantiles, "ascending numbers",
      "quantiles of the training scores, for percentiles of predictions; written by training"
    ) { zip($0, $0.dropFirst()).allSatisfy { $0 <= $1 } },
  ]

  public init(
    kind: Kind = .auto, names: [String] = [], offset: Double = 0, scale: Double = 1,
    range: [Double] = [], lowerIsBetter: Bool = false, quantiles: [Double] = []
  ) {
    (self.kind, self.names) = (kind, names)
    (self.offset, self.scale) = (offset, scale)
    (self.range, self.lowerIsBetter, self.quantiles) = (range, lowerIsBetter, quantiles)
  }

  /// The name of an output; its number, from 0, where it has none.
  public func name(ofOutput place: Int) -> String {
    place < names.count ? names[place] : "\(place)"
  }

  /// The kind of a head with `outputs` outputs.
  public func kind(outputs: Int) -> LabelKind {
    if case .fixed(let kind) = kind { return kind }
    return outputs == 1 ? .score : outputs == 10 ? .ratings : .classes
  }
}

extension ScoreConfiguration.Kind: RawRepresentable, Codable, CaseIterable {
  public static let allCases = [Self.auto] + LabelKind.allCases.map { .fixed($0) }

  /// `auto`, or the name of the kind.
  public var rawValue: String {
    switch self {
    case .auto: "auto"
    case .fixed(let kind): kind.rawValue
    }
  }

  public init?(rawValue: String) {
    if rawValue == "auto" {
      self = .auto
    } else if let kind = LabelKind(rawValue: rawValue) {
      self = .fixed(kind)
    } else {
      return nil
    }
  }
}
