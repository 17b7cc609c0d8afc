// The words of data errors, apart from their structure; pinned by tests.

import Failures

extension DataError {
  public var kind: FailureKind { if case .unwritable = self { .inputOutput } else { .data } }

  /// What is wrong and where.
  public var description: String {
    switch self {
    case .notGiven: "no data set given"
    case .unreadable(let path, let reason): "cannot read data '\(path)': \(reason)"
    case .noClasses(let root, let hint):
      "no classes in '\(root)': expected one folder of images per class; \(hint)"
    case .noImages(let root, let example):
      example.map { "no usable images in '\(root)'; the first unusable one: \($0)" }
        ?? "no images in '\(root)': there are classes, but no files"
    case .manifest(let path, let line, let problem):
      "\(path):\(line): \(problem)"
    case .source(let path, let found):
      "cannot use '\(path)' as a data set: \(found.words)"
    case .indivisible(let path):
      "'\(path)' has no rows to be divided: expected a table (.csv) as data.manifest"
    case .overlap(let root, let count, let total, let examples):
      "\(count) of \(total) validation images in '\(root)' are training images, too: "
        + examples.joined(separator: ", ")
    case .index(let path, let line, let problem):
      "\(path):\(line): \(problem)"
    case .unwritable(let path, let reason):
      "cannot write index '\(path)': \(reason)"
    case .classesDiffer(let root, let other, let detail):
      "labels of '\(root)' and '\(other)' mean different things: \(detail)"
    case .unknownClasses(let mismatch): mismatch.description
    case .labels(let source, let problem):
      "labels of '\(source)': \(problem)"
    }
  }
}

extension SampleError {
  public var kind: FailureKind { .data }

  /// `path: reason`.
  public var description: String { "\(path): \(reason)" }
}

extension SourceKind {
  /// What was found.
  var words: String {
    switch self {
    case .folder: "a folder"
    case .manifest: "a table"
    case .index: "an index"
    case .archive(let name): "it is \(name)"
    case .workbook: "it is a workbook (.xlsx)"
    case .other(let name): "it is \(name)"
    case .text: "it is text, but its name ends neither in .csv nor in .tsv"
    case .unknown: "it is neither a folder, a table (.csv) nor an index"
    }
  }
}
