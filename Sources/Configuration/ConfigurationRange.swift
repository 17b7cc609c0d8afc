// The values that a key may hold, as a test and in words: `4 to 256`, `at least 0 and less than 1`.

/// The values that a key may hold.
public enum ConfigurationRange: Equatable, Sendable {
  /// All that the type has.
  case any
  /// Whole numbers.
  case integers(ClosedRange<Int>)
  /// Numbers.
  case numbers(NumberRange)
  /// One of these names.
  case choices([String])
  /// Described in words.
  case words(String)

  /// The range as messages and documents call it; empty for all values.
  /// - Parameter unit: stands behind the upper end; empty for none.
  public func words(with unit: String = "") -> String {
    switch self {
    case .any: ""
    case .integers(let range):
      "\(range.lowerBound) to \(range.upperBound)" + (unit.isEmpty ? "" : " \(unit)")
    case .numbers(let range): range.words(with: unit)
    case .choices(let names): names.joined(separator: ", ")
    case .words(let words): words
    }
  }
}

/// The numbers that a key may hold, and how messages and documents call them.
public struct NumberRange: Equatable, Sendable {
  /// The smallest number, or the one that all are larger than.
  public let lower: Double
  /// The largest number, or the one that all are less than.
  public let upper: Double
  /// Whether `lower` itself is allowed.
  public let includesLower: Bool
  /// Whether `upper` itself is allowed.
  public let includesUpper: Bool
  /// What kind of number it is, as in `a share from 0 to 1`; nil for any.
  let noun: String?

  private init(
    _ lower: Double, _ upper: Double, includesLower: Bool = true, includesUpper: Bool = true,
    noun: String? = nil
  ) {
    (self.lower, self.upper, self.noun) = (lower, upper, noun)
    (self.includesLower, self.includesUpper) = (includesLower, includesUpper)
  }

  /// Both ends included.
  public static func from(_ lower: Double, to upper: Double) -> Self { Self(lower, upper) }
  /// 0 excluded, `upper` included.
  public static func positive(upTo upper: Double) -> Self {
    Self(0, upper, includesLower: false)
  }
  /// 0 included, 1 excluded.
  public static var fraction: Self { Self(0, 1, includesUpper: false) }
  /// A part of a whole, 0 to 1.
  public static var share: Self { Self(0, 1, noun: "a share") }
  /// 0 to 1.
  public static var probability: Self { Self(0, 1, noun: "a probability") }

  /// Whether the range has the number; it never has one that is not a number.
  ///
  /// An end that is excluded excludes what rounds to it as well, because the numbers are used as `Float`:
  /// a decay of 1 − 1e-9 would be 1.
  public func contains(_ value: Double) -> Bool {
    (includesLower ? value >= lower : Float(value) > Float(lower))
      && (includesUpper ? value <= upper : Float(value) < Float(upper))
  }

  /// The range in words, with the unit where both ends are included.
  func words(with unit: String) -> String {
    let (lowest, highest) = (Self.text(lower), Self.text(upper))
    return switch (includesLower, includesUpper) {
    case (true, true):
      (noun.map { "\($0) from " } ?? "")
        + "\(lowest) to \(highest)\(unit.isEmpty ? "" : " ")\(unit)"
    case (true, false): "at least \(lowest) and less than \(highest)"
    case (false, _): "a positive number up to \(highest)"
    }
  }

  /// Whole numbers without a point.
  private static func text(_ value: Double) -> String {
    Int(exactly: value).map { "\($0)" } ?? "\(value)"
  }
}
