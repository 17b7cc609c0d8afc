// The section `objective` of a run's configuration: what training minimizes.

import Configuration

/// The loss and the units it is taken in.
public struct ObjectiveConfiguration: ConfigurationSection {
  /// The losses.
  public enum Loss: String, Codable, CaseIterable, Sendable {
    /// By the labels: classes → crossEntropy, scores → absoluteError, ratings →
    /// earthMoversDistance.
    case auto
    /// For classes, or ratings as soft labels.
    case crossEntropy
    /// For one score or several.
    case absoluteError
    /// For ratings.
    case earthMoversDistance
  }

  /// In which units scores are compared.
  public enum Normalization: String, Codable, CaseIterable, Sendable {
    /// A head that begins at zero learns (score − median) / deviation of the training scores,
    /// unless `model.score` has an offset or a scale already; a head that is kept goes on in its
    /// units.
    case auto
    /// Units of the data set, or those of `model.score.offset` and `model.score.scale`. The
    /// published recipes are for these.
    case none
  }

  /// The loss.
  public var loss = Loss.auto
  /// Order r of the earth mover's distance, at least 1.
  public var exponent = 2.0
  /// The units of scores.
  public var normalize = Normalization.auto

  public static let keys: [ConfigurationKey<Self>] = [
    .choice(
      "loss", \.loss,
      """
      `crossEntropy` (classes, ratings), `absoluteError` (scores), `earthMoversDistance` (ratings); \
      `auto`: by the labels
      """),
    .number(
      "exponent", \.exponent, .from(1, to: 100), "order r of the earth mover's distance"),
    .choice(
      "normalize", \.normalize,
      """
      `auto`: a new head learns (score − median) / deviation; `none`: raw scores, as the published \
      recipes
      """),
  ]

  /// The built-in defaults.
  public init() {}
}
