// What images can be labeled with: the one vocabulary of sets, models, figures and files.

/// A kind of label.
public enum LabelKind: String, Codable, CaseIterable, Sendable {
  /// One score in the units of the set, such as a mean opinion score.
  case score
  /// How often each of the ratings 1 … K was given, as shares.
  case ratings
  /// One of several classes.
  case classes
  /// Several named scores side by side; the first is the quality.
  case attributes
}

extension LabelKind {
  /// The word of index files, reports and `data synth`: `classification` for classes, `quality` for
  /// a score, `distribution` for ratings.
  public var setWord: String {
    switch self {
    case .score: "quality"
    case .ratings: "distribution"
    case .classes: "classification"
    case .attributes: "attributes"
    }
  }

  public init?(setWord: String) {
    guard let kind = Self.allCases.first(where: { $0.setWord == setWord }) else { return nil }
    self = kind
  }
}
