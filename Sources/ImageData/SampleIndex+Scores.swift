// The scores of an index at a glance.

import Labels

extension TargetScores {
  /// The scores of an index; none for classes.
  /// - Parameter attribute: of several attributes the one to look at; nil for all.
  public init(_ index: SampleIndex, attribute: Int? = nil) {
    var scores: [Double] = []
    for sample in index.samples {
      switch sample.target {
      case .classIndex: break
      case .attributes(let values):
        if let attribute {
          scores.append(Self.decimal(values[attribute]))
        } else {
          scores += values.map(Self.decimal)
        }
      case .score, .ratings: scores.append(Self.decimal(sample.score))
      }
    }
    self.init(scores)
  }

  /// The number that a float was read from: 77.38, not 77.37999725.
  private static func decimal(_ value: Float) -> Double {
    Double(value.description) ?? Double(value)
  }
}
