// What all labels of a set, or all outputs of a model, stand for.

/// A kind of label with the names of its values.
public struct LabelMeaning: Equatable, Sendable {
  public let kind: LabelKind
  /// Names of the classes or attributes, `c1` … `cK` of ratings; empty for a score.
  public let names: [String]

  public init(_ kind: LabelKind, names: [String] = []) { (self.kind, self.names) = (kind, names) }

  /// One score per image.
  public static let score = LabelMeaning(.score)

  /// Shares of the ratings 1 … `count`.
  public static func ratings(count: Int) -> LabelMeaning {
    LabelMeaning(.ratings, names: (0..<count).map { "c\($0 + 1)" })
  }

  /// Several named scores.
  public static func attributes(_ names: [String]) -> LabelMeaning {
    LabelMeaning(.attributes, names: names)
  }

  /// The attribute that is the score; nil where there is one score only.
  public var mainName: String? { kind == .attributes ? names.first : nil }
}
