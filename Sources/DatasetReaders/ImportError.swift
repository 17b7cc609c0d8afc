// What can be wrong with a label file or a manifest. The wording is in ImportErrorWording.swift.

import Failures
import Labels

/// Labels that cannot be used. Files that cannot be read are a `TableError`.
public enum ImportError: SharedFailure, Equatable {
  /// None of the files that the set is shipped with.
  case noLabels(of: DatasetKind, root: String, expected: [String])
  /// More label files than the one that is expected, and none of them was asked for.
  case severalLabels(root: String, expected: String, found: [String])
  /// Scores on another scale than the set has.
  case wrongScale(WrongScale)
  /// Images that the labels name and the folder does not have.
  case missingImages(folder: String, missing: Int, total: Int, examples: [String])
  /// A column of splits that says nothing about `count` of `total` rows, the first of them an image
  /// of this name.
  case partlySplit(path: String, count: Int, total: Int, first: String)
  /// A random split that would have no rows, for a reason such as `3 groups are too few`.
  case emptySplit(path: String, column: String, split: DataSplit, reason: String, isGrouped: Bool)
  /// A table without the column of paths.
  case noPaths(path: String, found: String)
  /// Columns that a new split would replace.
  case splitExists(path: String, columns: [String])
}

/// Scores that are not on the scale that was expected.
public struct WrongScale: Codable, Sendable, Equatable {
  /// Where scores of the expected scale are.
  public enum OtherScores: Codable, Sendable, Equatable {
    /// In this column of the same file.
    case column(String)
    /// In a column of another file, which has this range.
    case file(String, column: String, range: ClosedRange<Double>)
  }

  /// What the scores look like: `1-5 (min 1.73, max 4.27)`.
  public var found: String
  /// The scale in use that they fit, if there is one.
  public var scale: ClosedRange<Double>?
  /// The scale they should have.
  public var expected: ClosedRange<Double>
  /// The set that has this scale; nil if the scale was asked for.
  public var kind: DatasetKind?
  /// Where to find such scores, if the set has them.
  public var others: OtherScores?

  public init(
    found: String, scale: ClosedRange<Double>?, expected: ClosedRange<Double>, kind: DatasetKind?,
    others: OtherScores?
  ) {
    (self.found, self.scale, self.expected) = (found, scale, expected)
    (self.kind, self.others) = (kind, others)
  }
}
