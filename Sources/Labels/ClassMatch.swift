// Two lists of classes meet: a model and a set, training and validation, a run and its checkpoint. A
// class is its name; its number is only the place in one list.

/// Where the classes of a set stand in another list.
public struct ClassMatch: Equatable, Sendable {
  /// What was compared.
  public enum Basis: Equatable, Sendable {
    case names
    /// One of the two lists has no names, or only numbers for them.
    case numbers
  }

  /// For each class of the set its place among the known ones; nil if it is none of them.
  public let places: [Int?]
  public let basis: Basis

  /// - Parameters:
  ///   - names: the classes of the set.
  ///   - known: the other list. Without names it is matched by number where that can be meant: if
  ///     it has as many classes, or if `names` are the numbers 0, 1, … themselves. The same holds
  ///     where one of the two lists is such a numbering and they share no name.
  /// - Cost: one dictionary of `known`.
  public init(_ names: [String], among known: ClassNames) {
    let places = Dictionary(known.names.enumerated().map { ($1, $0) }) { first, _ in first }
    let found = names.map { places[$0] }
    let byNumber =
      known.names.isEmpty
      || (found.allSatisfy { $0 == nil }
        && Self.isNumbering(names) != Self.isNumbering(known.names))
    guard byNumber else {
      (self.places, basis) = (found, .names)
      return
    }
    basis = .numbers
    let fits = names.count == known.count || (Self.isNumbering(names) && names.count < known.count)
    self.places = names.indices.map { fits ? $0 : nil }
  }

  /// Whether every class has the same number in both lists.
  public var isIdentity: Bool { places.enumerated().allSatisfy { $0 == $1 } }

  /// Whether names say no more than their place: 0, 1, 2, …
  static func isNumbering(_ names: [String]) -> Bool {
    !names.isEmpty && names.enumerated().allSatisfy { "\($0)" == $1 }
  }
}

/// The classes of a model or a set.
public struct ClassNames: Equatable, Sendable {
  /// In the order of their numbers; empty if they are not known.
  public let names: [String]
  /// Numbers that are in use: those of the names, or the outputs of a model without names.
  public let count: Int

  public init(_ names: [String]) { (self.names, count) = (names, names.count) }

  /// Classes whose names are not known.
  public init(unnamed count: Int) { (names, self.count) = ([], count) }
}

/// A list of names for messages: how many, and the first few.
public struct BriefList: Codable, Equatable, Sendable, CustomStringConvertible {
  public let count: Int
  /// The first five.
  public let first: [String]

  public init(_ names: [String]) { (count, first) = (names.count, Array(names.prefix(5))) }

  /// `3 (ant, bee, cat)`, or `1000 (…, …)` with the first five of them.
  public var description: String {
    count == 0 ? "none" : "\(count) (\(first.joined(separator: ", "))\(count > 5 ? ", …" : ""))"
  }
}
