// The words of import errors, apart from their structure; pinned by tests.

import Failures

extension ImportError {
  public var kind: FailureKind { .data }

  /// What is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .noLabels(let root, let expected, let remedy):
      "no labels in '\(root)': expected \(expected.joined(separator: " or ")); \(remedy)"
    case .wrongScale(let found, let expected, let remedy):
      "mos looks like \(found), but \(expected): \(remedy)"
    case .missingImages(let folder, let missing, let total, let examples):
      "\(missing) of \(total) images are not in '\(folder)': "
        + examples.joined(separator: ", ") + (missing > examples.count ? ", …" : "")
        + (missing == total
          ? "; give the folder of the images with --images"
          : "; add them, or leave their rows out with --skip-missing")
    case .request(let path, let problem): "\(path): \(problem)"
    }
  }
}
