// The words of import errors, apart from their structure; pinned by tests.

import Failures
import Labels

extension ImportError {
  public var kind: FailureKind { .data }

  /// What is wrong and where.
  public var description: String {
    switch self {
    case .noLabels(_, let root, let expected):
      "no labels in '\(root)': expected \(expected.joined(separator: " or "))"
    case .severalLabels(let root, let expected, _):
      "no labels in '\(root)': expected one \(expected)"
    case .wrongScale(let scale):
      "mos looks like \(scale.found), but "
        + (scale.kind.map { "\($0.rawValue) has" } ?? "the range asked for is")
        + " \(ScaleGuard.text(scale.expected))"
    case .missingImages(let folder, let missing, let total, let examples):
      "\(missing) of \(total) images are not in '\(folder)': "
        + examples.joined(separator: ", ") + (missing > examples.count ? ", …" : "")
    case .partlySplit(let path, let count, let total, let first):
      "\(path): \(count) of \(total) rows belong to no part, the first is '\(first)'"
    case .emptySplit(let path, let column, let split, let reason, _):
      "\(path): \(reason): \(split.rawValue) of \(column) would be empty"
    case .noPaths(let path, let found):
      "\(path):1: expected a column 'path', found \(found)"
    case .splitExists(let path, let columns):
      "\(path) is split already: it has "
        + (columns.count == 1 ? "the column " : "the columns ")
        + columns.map { "'\($0)'" }.joined(separator: ", ")
    }
  }
}
