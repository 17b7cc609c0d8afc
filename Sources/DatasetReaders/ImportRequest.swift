// What to import: the kinds of data sets and what the user may choose.

import Files

/// The data sets that are read as they are shipped.
public enum DatasetKind: String, Codable, CaseIterable, Sendable {
  case koniq
  case spaq
  case paq2piq
  case ava
  case kadid
  case tid2013
  case pipal
  case pyiqa
  case csv

  /// The range of the scores as shipped; nil where the file alone decides.
  var range: ClosedRange<Double>? {
    switch self {
    case .koniq, .spaq, .paq2piq: 0...100
    case .ava: 1...10
    case .kadid: 1...5
    case .tid2013: 0...9
    // Elo ratings, which start at 1400.
    case .pipal: 0...3000
    case .pyiqa, .csv: nil
    }
  }
}

/// What `data import` is asked for.
public struct ImportRequest: Sendable {
  public var kind: DatasetKind
  /// The folder of the data set; paths of the manifest are relative to it.
  public var root: String
  /// The label file, relative to the working directory or the root; nil to look for the usual
  /// names.
  public var labels: String?
  /// The folder of the images below the root; nil to look in the usual places.
  public var images: String?
  /// The column of the scores; nil for the one of the kind.
  public var scoreColumn: String?
  /// The column that becomes `split`; nil for the official one.
  public var splitColumn: String?
  /// The range of the scores; nil for the one of the kind.
  public var range: ClosedRange<Double>?
  /// Whether to keep what else the set knows about its images.
  public var includesAttributes = false
  /// Whether rows of missing images are left out, instead of refusing them.
  public var skipsMissing = false
  /// Chooses the validation part where the set has none (AVA).
  public var seed: UInt64 = 123

  public init(kind: DatasetKind, root: String) {
    self.kind = kind
    self.root = root
  }

  /// The first label file of these names below the root; the one asked for, if there is one.
  func labelFile(_ names: [String]) throws(ImportError) -> String {
    if let labels {
      let below = FilePath.join(root, labels)
      return FileSystem.exists(labels) ? labels : below
    }
    guard let found = file(names) else {
      throw .noLabels(of: kind, root: root, expected: names)
    }
    return found
  }

  /// The first file of these names that exists below the root.
  func file(_ names: [String]) -> String? {
    names.lazy.map { FilePath.join(root, $0) }.first { FileSystem.exists($0) }
  }
}
