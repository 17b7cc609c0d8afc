// The section `data` of a run's configuration: where the images are and how they are read.

import Configuration
import ImageCodecs
import Tables

/// What a run reads.
public struct DataConfiguration: ConfigurationSection {
  /// Training images: a folder of class folders, a manifest (`.csv`) or a prepared index.
  public var train = ""
  /// Validation images, in the same forms; empty for none.
  public var validation = ""
  /// One manifest with training and validation rows, used where `train` is empty; for `evaluate` a
  /// labeled set that wins over `validation`.
  public var manifest = ""
  /// The folder that the paths of manifests are relative to; empty for the folder of each manifest.
  public var imageRoot = ""
  /// The columns to learn: one score, several attributes, `[label]` or `[c1, …, cK]`. Empty: `mos`,
  /// `label` or `c1` … `cK`, whichever there is.
  public var targets: [String] = []
  /// Columns of manifests under other names: `path=filename` takes `filename` for `path`.
  public var columns: [String] = []
  /// How a column of classes is read.
  public var classes = ClassReading.auto
  /// What becomes of rows without a label.
  public var missingLabels = MissingLabels.refuse
  /// What is done about images that are in the training and in the validation set.
  public var overlap = OverlapRule.files
  /// Lowest and highest score of the data set. Scores outside, or on another scale, end the run
  /// before it begins. Empty: unknown.
  public var scoreRange: [Double] = []
  /// How rows of `manifest` are divided.
  public var split = SplitConfiguration()
  /// Where the index of sizes and labels is kept between runs; empty for the run directory.
  public var indexDirectory = ""
  /// Threads per rank that read, decode and tokenize, 1 to 64.
  public var loaderThreads = 1
  /// Memory per rank for tokens waiting to be used, in MiB, 1 to 65536.
  public var prefetchMegabytes = 256
  /// What becomes of images of classes that the model or the training set does not have.
  public var unknownClasses = UnknownClasses.refuse
  /// Largest share of images of an epoch that may be unreadable before the run stops, 0 to 1.
  public var maxBadFraction = 0.001
  /// Whether what is left of damaged images is used, and told, instead of skipping them.
  public var salvage = false
  /// Inverse cosine transform of JPEG: fast as TensorFlow, accurate as PIL. Stored in every
  /// checkpoint, because scores depend on it.
  public var dct = DecodeOptions.CosineTransform.fast

  public static let keys: [ConfigurationKey<Self>] = [
    .text(
      "train", \.train,
      """
      training images: a folder of class folders, a table (`path,label` or `path,mos`) or an index of \
      `data index`
      """),
    .text("validation", \.validation, "validation images, in the same forms; empty: none"),
    .text(
      "manifest", \.manifest,
      """
      one table with training and validation rows, used where `data.train` is empty; a labeled set for \
      `evaluate`, where it wins over `data.validation`
      """),
    .text(
      "imageRoot", \.imageRoot,
      "folder that paths in tables are relative to; empty: the folder of the table"),
    .list(
      "targets", \.targets, "different columns",
      """
      columns to learn: a score, several attributes, `[label]` or `[c1, …, cK]`; []: `mos`, `label` or \
      `c1…`
      """
    ) { Set($0.map { $0.trimmed.lowercased() }).count == $0.count },
    .list(
      "columns", \.columns, "name=column, each name once",
      "columns of tables that are read under other names: `[path=filename, mos=rating]`"
    ) { ColumnNames($0) != nil },
    .choice(
      "classes", \.classes,
      """
      labels of tables: `auto`: whole numbers are classes from 0, others are names of classes; `names`: \
      numbers are names, too
      """),
    .choice(
      "missingLabels", \.missingLabels,
      """
      rows whose label is empty, NA, nan, null or, among class numbers, -1: `refuse` the table, or \
      `leaveOut` the rows and count them
      """),
    .choice(
      "overlap", \.overlap,
      """
      images in the training and the validation set: `files`: one file in both is refused; `contents`: so \
      are the same bytes; `allowed`: told only
      """),
    .list(
      "scoreRange", \.scoreRange, "[lowest, highest] or nothing",
      "scale of the scores; others are refused before the run begins"
    ) { $0.isEmpty || ($0.count == 2 && $0[0] < $0[1]) },
    .section("split", \.split, "which rows of `data.manifest` train and which are for validation"),
    .text(
      "indexDirectory", \.indexDirectory,
      "where indices of sizes and labels are kept; empty: in the run directory"),
    .integer(
      "loaderThreads", \.loaderThreads, 1...64, unit: "threads",
      "threads per rank that read, decode and tokenize"),
    .integer(
      "prefetchMegabytes", \.prefetchMegabytes, 1...65536, unit: "MiB",
      "memory per rank for images waiting to be used"),
    .choice(
      "unknownClasses", \.unknownClasses,
      """
      images of classes that the model, or the training set, does not have: `refuse` the set, or \
      `leaveOut` these images
      """),
    .number(
      "maxBadFraction", \.maxBadFraction, .share,
      "share of unreadable images at which a run ends with exit code 4"),
    .flag(
      "salvage", \.salvage,
      "use what can be decoded of damaged and truncated images, counted as `salvaged`"),
    .choice(
      "dct", \.dct,
      "JPEG decoding, `fast` as TensorFlow or `accurate` as PIL; part of the model"),
  ]

  /// The built-in defaults.
  public init() {}
}
