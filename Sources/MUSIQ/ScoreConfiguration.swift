// What the outputs of a head stand for. It is part of the model, so a checkpoint explains its own scores.

import Labels

/// Meaning and scale of a model's outputs.
public struct ScoreConfiguration: Codable, Sendable, Equatable {
  /// What the outputs are.
  public enum Kind: Hashable, Sendable {
    /// By their number, as the published heads: one is a score, ten are ratings, others are classes.
    /// Training replaces it by what the data is.
    case auto
    /// Scores and attributes are outputs; ratings and classes are logits, and the score of ratings is their
    /// mean. Classes have a score that says nothing.
    case fixed(LabelKind)
  }

  public var kind: Kind
  /// Names of the outputs of `attributes`, in their order.
  public var names: [String]
  /// A score in the units of the data set is `offset + scale · output` (kinds `score`, `attributes`).
  /// The published heads have 0 and 1.
  public var offset: Double
  public var scale: Double
  /// Lowest and highest score of the data set, typical and not guaranteed for a prediction; empty if
  /// unknown.
  public var range: [Double]
  /// Whether a low score is a good one (DMOS).
  public var lowerIsBetter: Bool
  /// Quantiles of the training scores at even steps from 0 to 1, ascending, for percentiles of
  /// predictions; empty if unknown.
  public var quantiles: [Double]

  public init(
    kind: Kind = .auto, names: [String] = [], offset: Double = 0, scale: Double = 1,
    range: [Double] = [], lowerIsBetter: Bool = false, quantiles: [Double] = []
  ) {
    (self.kind, self.names) = (kind, names)
    (self.offset, self.scale) = (offset, scale)
    (self.range, self.lowerIsBetter, self.quantiles) = (range, lowerIsBetter, quantiles)
  }

  /// The kind of a head with `outputs` outputs.
  public func kind(outputs: Int) -> LabelKind {
    if case .fixed(let kind) = kind { return kind }
    return outputs == 1 ? .score : outputs == 10 ? .ratings : .classes
  }

  /// Everything that is wrong with the values, by key.
  public func problems() -> [(key: String, message: String)] {
    var found: [(key: String, message: String)] = []
    if !offset.isFinite { found.append(("offset", "expected a finite number, found \(offset)")) }
    if !(scale > 0 && scale.isFinite) {
      found.append(("scale", "expected a positive number, found \(scale)"))
    }
    if !range.isEmpty && (range.count != 2 || !(range[0] < range[1])) {
      found.append(("range", "expected [lowest, highest] or nothing, found \(range)"))
    }
    if zip(quantiles, quantiles.dropFirst()).contains(where: { !($0 <= $1) }) {
      found.append(("quantiles", "expected ascending numbers, found \(quantiles)"))
    }
    if Set(names).count != names.count {
      found.append(("names", "expected different names, found \(names)"))
    }
    return found
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
