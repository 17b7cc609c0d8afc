// What can be wrong with a label file or a manifest. The wording is in ImportErrorWording.swift.

/// Labels that cannot be used; the command line ends with exit code 4, or 8 for `unwritable`.
public enum ImportError: Error, Equatable, Sendable {
  /// A file or folder cannot be opened, with the system's reason.
  case unreadable(path: String, reason: String)
  /// A file that is not what its name promises, or a damaged one.
  case damaged(path: String, reason: String)
  /// A row that cannot be understood.
  case row(path: String, line: Int, problem: String)
  /// None of the files that the set is shipped with.
  case noLabels(root: String, expected: [String], remedy: String)
  /// Scores on another scale than the set has.
  case wrongScale(found: String, expected: String, remedy: String)
  /// Pictures that the labels name and the folder does not have.
  case missingImages(folder: String, missing: Int, total: Int, examples: [String])
  /// A request that the rows cannot fulfil.
  case request(path: String, problem: String)
  /// The manifest cannot be written.
  case unwritable(path: String, reason: String)
}
