// What an evaluation does that may not be meant.

/// Something that the user should know about an evaluation.
public enum EvaluationNotice: Equatable, Sendable, CustomStringConvertible {
  /// All rows of a table are used, though a column tells those of training from the others.
  case ignoredSplit(path: String)
  /// All rows of a table are used; the run of `model` divided another one, `manifest`.
  case otherManifest(path: String, model: String, manifest: String)
  /// All rows of the table that the run divided were asked for.
  case trainingRows(path: String)
  /// A model of the ensemble was trained on another part of the table.
  case otherDivision(path: String, model: String)
  /// What has no advice.
  case remark(String)

  public var description: String {
    switch self {
    case .ignoredSplit(let path), .trainingRows(let path):
      "all rows of \(path) are used, also those of training"
    case .otherManifest(let path, let model, let manifest):
      "all rows of \(path) are used; the run of \(model) divided \(manifest)"
    case .otherDivision(let path, let model):
      "\(model) was trained on another division of \(path): some of these rows may have trained it"
    case .remark(let text): text
    }
  }
}
