// The names that columns of manifests have.

/// Names of columns by what they hold, the preferred one first.
public enum ManifestColumn {
  /// Paths of images.
  public static let path = ["path", "image_name", "image", "name", "filename", "file"]
  /// Scores.
  public static let score = ["mos", "score"]
  /// Classes, by name or number. Ratings are in `c1` … `cK`.
  public static let classes = ["label", "class"]
  /// Rows of one value stay in one split.
  public static let group = "group"
  /// The split of a row.
  public static let split = "split"
}
