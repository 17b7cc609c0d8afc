// The split of a data set that a row belongs to.

/// Training, validation or test split, as in the column `split` of a manifest.
public enum DataSplit: String, Codable, CaseIterable, Sendable {
  case train
  case validation
  case test

  /// The words manifests use.
  public init?(word: String) {
    switch word.lowercased() {
    case "train", "training", "0": self = .train
    case "val", "valid", "validation", "1": self = .validation
    case "test", "testing", "2": self = .test
    default: return nil
    }
  }
}
