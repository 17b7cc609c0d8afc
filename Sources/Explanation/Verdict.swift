// What the outputs of a model say about an image, as one number.

import Tables

/// The number that is explained.
public enum Verdict: Equatable, Sendable, CustomStringConvertible {
  /// The score in the units of the data set: of attributes the first, of ratings their mean.
  case score(Float)
  /// The most probable class, by number and name, and its probability.
  case probability(Float, of: Int, named: String)

  public var value: Float {
    switch self {
    case .score(let value), .probability(let value, _, _): value
    }
  }

  public var description: String {
    switch self {
    case .score(let value): "score \(value)"
    case .probability(let value, _, let name): "class \(name), probability \(value)"
    }
  }

  /// The value for figures and pages: probabilities in percent.
  func text(_ value: Float) -> String {
    switch self {
    case .score: brief(Double(value))
    case .probability: percent(Double(value))
    }
  }

  /// What another value adds, with its sign; probabilities in points of percent.
  func change(to other: Float) -> String {
    let change = Double(other - value)
    let sign = change < 0 ? "\u{2212}" : "+"
    switch self {
    case .score: return sign + brief(abs(change), digits: 2)
    case .probability: return sign + percent(abs(change))
    }
  }
}
