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

  /// Compares names; numbers only where one list has no names, or where one list has nothing but
  /// whole numbers for names, the other one has not, and they share none.
  ///
  /// By number, lists of equal length are the same in their order. Of another length are only lists
  /// of whole numbers, which are the numbers of the known classes then. A list of as many numbers
  /// that leaves some out is neither.
  /// - Parameters:
  ///   - names: the classes of the set.
  ///   - known: the other list.
  /// - Cost: one dictionary of `known`.
  public init(_ names: [String], among known: ClassNames) {
    let places = Dictionary(known.names.enumerated().map { ($1, $0) }) { first, _ in first }
    let found = names.map { places[$0] }
    let numbers = Self.numbers(names)
    let isByNumber =
      known.names.isEmpty
      || (found.allSatisfy { $0 == nil }
        && (numbers == nil) != (Self.numbers(known.names) == nil))
    guard isByNumber else {
      (self.places, basis) = (found, .names)
      return
    }
    basis = .numbers
    if names.count == known.count {
      let isWhole = numbers.map(Self.isComplete) ?? true
      self.places = names.indices.map { isWhole ? $0 : nil }
    } else {
      self.places = names.indices.map { place in
        numbers.flatMap { $0[place] < known.count ? $0[place] : nil }
      }
    }
  }

  /// Whether every class has the same number in both lists.
  public var isIdentity: Bool { places.enumerated().allSatisfy { $0 == $1 } }

  /// The names as whole numbers, if all of them are some.
  private static func numbers(_ names: [String]) -> [Int]? {
    let numbers = names.compactMap { name in
      Int(name).flatMap { $0 >= 0 && "\($0)" == name ? $0 : nil }
    }
    return numbers.count == names.count && !names.isEmpty ? numbers : nil
  }

  /// Whether numbers are 0 to n − 1 or 1 to n, in any order: folders come in that of their text.
  private static func isComplete(_ numbers: [Int]) -> Bool {
    let sorted = numbers.sorted()
    return sorted == Array(0..<numbers.count) || sorted == Array(1...numbers.count)
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
