// The label of one image.

/// What an image is labeled with: a value of one `LabelKind`.
public enum Label: Equatable, Sendable {
  /// A class, by its place among the names of the classes.
  case classIndex(Int32)
  /// A score in the units of the set.
  case score(Float)
  /// The share of each of the ratings 1 … K; sums to one.
  case ratings([Float])
  /// Scores in the units of the set, in the order of their names; the first is the quality.
  case attributes([Float])
}

extension Label {
  /// Numbers of the label: ratings or attributes, else one.
  public var count: Int {
    switch self {
    case .classIndex, .score: 1
    case .ratings(let values), .attributes(let values): values.count
    }
  }

  /// The score, or the first of several; the mean Σ k · shareₖ of ratings; NaN for classes.
  public var meanScore: Float {
    switch self {
    case .classIndex: .nan
    case .score(let score): score
    case .attributes(let scores): scores[0]
    case .ratings(let shares):
      zip(1..., shares).reduce(0) { $0 + Float($1.0) * $1.1 }
    }
  }
}
