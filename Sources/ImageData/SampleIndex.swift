// The list of all samples with labels and sizes: every rank plans its batches from the same copy.

import Files
import Labels
import Tensors

/// All usable samples of a data set. A sample's id is its place in `samples`.
public struct SampleIndex: Equatable, Sendable {
  /// A file that was found but cannot be used.
  public struct Excluded: Equatable, Sendable {
    /// Path below the root.
    public var path: String
    /// Why, in words.
    public var reason: String

    /// The reason of files whose name does not end like that of an image, and which hold none.
    static let noImage = "no image, neither by its name nor by its bytes"

    /// Whether it never was an image.
    public var isNoImage: Bool { reason == Self.noImage }

    public init(path: String, reason: String) {
      self.path = path
      self.reason = reason
    }
  }

  /// The folder that paths are relative to.
  public var root: String
  /// What the samples are labeled with.
  public var kind: LabelKind
  /// Names of the classes in the order of their labels, or of the attributes; empty for other
  /// kinds.
  public var classNames: [String]
  /// The usable samples in order of path (folders) or of the manifest.
  public var samples: [Sample]
  /// The unusable files, in the same order.
  public var excluded: [Excluded]

  public init(
    root: String, kind: LabelKind, classNames: [String] = [], samples: [Sample],
    excluded: [Excluded] = []
  ) {
    self.root = root
    self.kind = kind
    self.classNames = classNames
    self.samples = samples
    self.excluded = excluded
  }

  /// Number of usable samples.
  public var count: Int { samples.count }

  /// The sample of an id.
  public subscript(id: Int) -> Sample { samples[id] }

  /// Where the file of a sample is.
  public func path(of id: Int) -> String { FilePath.join(root, samples[id].path) }

  /// 64-bit FNV-1a hash, in hexadecimal digits, of labels, names, paths, sizes and lengths of the
  /// usable files: two indices with equal digests give equal batches wherever the files lie, as long
  /// as no file was replaced by another of the same length.
  public var digest: String {
    var hash = ByteHash()
    hash.combine(IndexText.contents(of: self))
    return hash.text
  }

  /// Checks that labels mean the same as in `other`, such as the training set of a validation set.
  /// - Throws: `DataError.classesDiffer` with the first difference.
  public func checkClasses(match other: SampleIndex) throws(DataError) {
    guard kind == other.kind else {
      throw .classesDiffer(
        root: root, other: other.root, detail: "\(kind.setWord) against \(other.kind.setWord)")
    }
    guard classNames != other.classNames else { return }
    let count = "\(classNames.count) classes against \(other.classNames.count)"
    let first = zip(classNames, other.classNames).first { $0 != $1 }
    throw .classesDiffer(
      root: root, other: other.root,
      detail: first.map { "\(count), first difference '\($0)' against '\($1)'" } ?? count)
  }
}
