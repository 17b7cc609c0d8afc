// What can be wrong with a label file or a manifest. The wording is in ImportErrorWording.swift.

import Failures

/// Labels that cannot be used. Files that cannot be read are a `TableError`.
public enum ImportError: SharedFailure, Equatable {
  /// None of the files that the set is shipped with.
  case noLabels(root: String, expected: [String], remedy: String)
  /// Scores on another scale than the set has.
  case wrongScale(found: String, expected: String, remedy: String)
  /// Images that the labels name and the folder does not have.
  case missingImages(folder: String, missing: Int, total: Int, examples: [String])
  /// A request that the rows cannot fulfil.
  case request(path: String, problem: String)
}
