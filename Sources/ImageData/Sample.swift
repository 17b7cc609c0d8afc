// One labelled picture, as the index knows it: enough to plan batches without opening the file.

/// What a picture is labelled with.
public enum SampleTarget: Equatable, Sendable {
  /// A class, the place in `SampleIndex.classNames`.
  case classIndex(Int32)
  /// A mean opinion score in the units of the data set.
  case score(Float)
  /// Share of each rating, ascending ratings; sums to one.
  case distribution([Float])
  /// Several scores in the units of the data set, by the names of `SampleIndex.classNames`; the first
  /// is the quality.
  case attributes([Float])
}

/// One labelled picture.
public struct Sample: Equatable, Sendable {
  /// Path below the root of the index.
  public var path: String
  /// The label.
  public var target: SampleTarget
  /// Size in pixels, from the header of the file.
  public var height: Int32
  public var width: Int32

  public init(path: String, target: SampleTarget, height: Int, width: Int) {
    self.path = path
    self.target = target
    self.height = Int32(height)
    self.width = Int32(width)
  }

  /// The class, -1 if the target is none.
  public var label: Int32 { if case .classIndex(let label) = target { label } else { -1 } }

  /// See `SampleTarget.meanScore`.
  public var score: Float { target.meanScore }
}

extension SampleTarget {
  /// Numbers of the label: ratings or attributes, else one.
  public var count: Int {
    switch self {
    case .classIndex, .score: 1
    case .distribution(let values), .attributes(let values): values.count
    }
  }

  /// The score, or the first of several; the mean of a distribution over the ratings 1 ... K; NaN for
  /// classes.
  public var meanScore: Float {
    switch self {
    case .classIndex: .nan
    case .score(let score): score
    case .attributes(let scores): scores[0]
    case .distribution(let shares):
      zip(1..., shares).reduce(0) { $0 + Float($1.0) * $1.1 }
    }
  }
}
