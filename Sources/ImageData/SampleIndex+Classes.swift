// The classes of a set meet those of a model or of another set: labels become places among the latter,
// found by name.

import Labels

/// What becomes of images whose class is not among the known ones.
public enum UnknownClasses: String, Codable, CaseIterable, Sendable {
  /// The set is refused.
  case refuse
  /// The images are left out, and counted.
  case leaveOut
}

/// The classes that the labels of a set have to be places of.
public struct KnownClasses: Sendable {
  public let classes: ClassNames
  /// Whose they are, for messages: `the training data in …`.
  public let owner: String

  public init(_ classes: ClassNames, of owner: String) {
    (self.classes, self.owner) = (classes, owner)
  }
}

/// A set of images and the classes that it should have.
public struct ClassMismatch: Codable, Equatable, Sendable {
  /// The set, and its classes.
  public var root: String
  public var classes: BriefList
  /// Whose classes are known.
  public var owner: String
  /// Nil if these have no names, only numbers.
  public var known: BriefList?
  public var knownCount: Int
  /// Classes of the set that are none of them; nil if there were only numbers to compare.
  public var unknown: BriefList?
  /// Images of these classes.
  public var imageCount: Int

  public init(
    root: String, classes: BriefList, owner: String, known: BriefList?, knownCount: Int,
    unknown: BriefList?, imageCount: Int
  ) {
    (self.root, self.classes, self.owner) = (root, classes, owner)
    (self.known, self.knownCount) = (known, knownCount)
    (self.unknown, self.imageCount) = (unknown, imageCount)
  }

  /// What is wrong and where.
  var description: String {
    let own = known.map { "\($0)" } ?? "\(knownCount) without names"
    if let unknown {
      return
        "'\(root)' has classes that \(owner) does not have: \(unknown), with \(imageCount) images; "
        + "it has \(own), the set has \(classes)"
    }
    return
      "the classes of '\(root)' and of \(owner) cannot be matched: the set has \(classes), the other "
      + "\(own)"
  }
}

extension SampleIndex {
  /// The same images, labeled by their classes' places among the known ones.
  ///
  /// Classes without an image do not count. An image of an unknown class is among the excluded ones
  /// then, if it may be left out. Where nothing but numbers can be compared, labels stay what they are,
  /// and a warning says so.
  /// - Throws: `DataError`: `classesDiffer` for a set of another kind, `unknownClasses` with both lists,
  ///   `noImages` when nothing is left.
  public func relabeled(
    as known: KnownClasses, unknown rule: UnknownClasses
  ) throws(DataError) -> (index: SampleIndex, warnings: [String]) {
    guard kind == .classes else {
      throw .classesDiffer(
        root: root, other: known.owner,
        detail: "\(kind.setWord) against \(LabelKind.classes.setWord)")
    }
    let match = ClassMatch(classNames, among: known.classes)
    var counts = [Int](repeating: 0, count: classNames.count)
    for sample in samples { counts[Int(sample.classIndex)] += 1 }
    let unknown = classNames.indices.filter { match.places[$0] == nil && counts[$0] > 0 }
    let unknownCount = unknown.reduce(0) { $0 + counts[$1] }
    var warnings: [String] = []
    if !unknown.isEmpty {
      let names = BriefList(unknown.map { classNames[$0] })
      guard rule == .leaveOut, match.basis == .names, unknownCount < count else {
        throw .unknownClasses(
          ClassMismatch(
            root: root, classes: BriefList(classNames), owner: known.owner,
            known: known.classes.names.isEmpty ? nil : BriefList(known.classes.names),
            knownCount: known.classes.count, unknown: match.basis == .names ? names : nil,
            imageCount: unknownCount))
      }
      warnings.append(
        "\(unknownCount) of \(count) images in \(root) are left out, of classes that \(known.owner) does "
          + "not have: \(names)")
    }
    if match.basis == .numbers { warnings.append(numberWarning(known)) }
    return (labeled(by: match, known: known), warnings)
  }

  private func labeled(by match: ClassMatch, known: KnownClasses) -> SampleIndex {
    var result = self
    if !known.classes.names.isEmpty { result.classNames = known.classes.names }
    guard !match.isIdentity else { return result }
    if known.classes.names.isEmpty { result.classNames = (0..<known.classes.count).map { "\($0)" } }
    result.samples = []
    result.samples.reserveCapacity(count)
    for var sample in samples {
      let label = Int(sample.classIndex)
      if let place = match.places[label] {
        sample.target = .classIndex(Int32(place))
        result.samples.append(sample)
      } else {
        result.excluded.append(
          Excluded(
            path: sample.path, reason: "class '\(classNames[label])' is unknown to \(known.owner)"))
      }
    }
    return result
  }

  private func numberWarning(_ known: KnownClasses) -> String {
    let what =
      known.classes.names.isEmpty
      ? "\(known.owner) has no names of classes, only \(known.classes.count) numbers"
      : "\(known.owner) has the classes \(BriefList(known.classes.names)), and \(root) has "
        + "\(BriefList(classNames))"
    return "\(what): classes are matched by number; nothing proves that they are the same"
  }
}
