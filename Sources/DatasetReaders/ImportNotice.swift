// What an import tells about its choices while it goes on.

/// One message of an import.
public enum ImportNotice: Equatable, Sendable, CustomStringConvertible {
  /// What was read, in words.
  case remark(String)
  /// What was chosen, in words.
  case note(String)
  /// What is probably not meant, in words.
  case warning(String)
  /// The folder whose images are used, and others below the root that also have some.
  case images(folder: String, others: [String])
  /// Nothing is known about the range of the scores.
  case uncheckedScale
  /// The set is shipped without a split, or the label file that was read has none.
  case noSplit(DatasetKind)
  /// Columns of numbered splits, none of which was asked for.
  case numberedSplits(count: Int, first: String)
  /// The best image of the set has the lowest score.
  case lowerIsBetter

  /// What was found; what to do about it is known where the options are.
  public var description: String {
    switch self {
    case .remark(let text): text
    case .note(let text): "note: \(text)"
    case .warning(let text): "warning: \(text)"
    case .images(let folder, let others):
      "images: \(folder)"
        + (others.isEmpty ? "" : " (also in \(others.joined(separator: ", ")))")
    case .uncheckedScale: "note: the scale is not checked"
    case .noSplit(.koniq):
      "note: this file has no split; koniq10k_distributions_sets.csv has the official one"
    case .noSplit(.ava): "note: no generic_test.jpgl: no column split"
    case .noSplit(let kind): "note: \(kind.rawValue.uppercased()) has no official split"
    case .numberedSplits(let count, let first):
      "note: \(count) numbered splits such as \(first) are kept"
    case .lowerIsBetter: "warning: lower is better in this set"
    }
  }
}
