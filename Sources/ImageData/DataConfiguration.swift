// The section `data` of a run's configuration: where the pictures are and how they are read.

import ImageCodecs
import Tables

/// What a run reads.
public struct DataConfiguration: Codable, Equatable, Sendable {
  /// Training pictures: a folder of class folders, a manifest (`.csv`) or a prepared index.
  public var train = ""
  /// Held-out pictures, in the same forms; empty for none.
  public var validation = ""
  /// One manifest with training and held-out rows, used where `train` is empty; for `evaluate` a labelled
  /// set that wins over `validation`.
  public var manifest = ""
  /// The folder that the paths of manifests are relative to; empty for the folder of each manifest.
  public var imageRoot = ""
  /// The columns to learn: one score, several attributes, `[label]` or `[c1, …, cK]`. Empty: `mos`,
  /// `label` or `c1` … `cK`, whichever there is.
  public var targets: [String] = []
  /// Lowest and highest score of the data set. Scores outside, or on another scale, end the run before it
  /// begins. Empty: unknown.
  public var scoreRange: [Double] = []
  /// How rows of `manifest` are divided.
  public var split = SplitConfiguration()
  /// Where the index of sizes and labels is kept between runs; empty for the run directory.
  public var indexDirectory = ""
  /// Threads per rank that read, decode and tokenise, 1 to 64.
  public var loaderThreads = 1
  /// Memory per rank for tokens waiting to be used, in MiB, 1 to 65536.
  public var prefetchMegabytes = 256
  /// Largest share of pictures of an epoch that may be unreadable before the run stops, 0 to 1.
  public var maxBadFraction = 0.001
  /// Inverse cosine transform of JPEG: fast as TensorFlow, accurate as PIL. Stored in every checkpoint,
  /// because scores depend on it.
  public var dct = DecodeOptions.CosineTransform.fast

  /// The built-in defaults.
  public init() {}

  /// Values out of range, by key.
  public func problems() -> [(key: String, message: String)] {
    var found: [(key: String, message: String)] = []
    if !(1...64).contains(loaderThreads) {
      found.append(("loaderThreads", "expected 1 to 64 threads, found \(loaderThreads)"))
    }
    if !(1...65536).contains(prefetchMegabytes) {
      found.append(("prefetchMegabytes", "expected 1 to 65536 MiB, found \(prefetchMegabytes)"))
    }
    if !(0...1).contains(maxBadFraction) {
      found.append(("maxBadFraction", "expected a share from 0 to 1, found \(maxBadFraction)"))
    }
    if !scoreRange.isEmpty && (scoreRange.count != 2 || !(scoreRange[0] < scoreRange[1])) {
      found.append(("scoreRange", "expected [lowest, highest] or nothing, found \(scoreRange)"))
    }
    if Set(targets.map { $0.trimmed.lowercased() }).count != targets.count {
      found.append(("targets", "expected different columns, found \(targets)"))
    }
    return found + split.problems().map { ("split.\($0.key)", $0.message) }
  }
}
