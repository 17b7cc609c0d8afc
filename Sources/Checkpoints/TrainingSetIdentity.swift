// What a checkpoint remembers of the images that trained it: enough to notice others.

/// Count and digests of a training set. Where the files lie does not matter, nor does the numbering of
/// classes.
public struct TrainingSetIdentity: Codable, Equatable, Sendable {
  /// Usable images.
  public var count: Int
  /// Digest of every image's path below the root, label and size, in order.
  public var listing: String
  /// Digest of the lengths of all files; empty if they are not known.
  public var lengths: String
  /// Digest of the bytes of some of the files.
  public var contents: String

  public init(count: Int, listing: String, lengths: String, contents: String) {
    (self.count, self.listing) = (count, listing)
    (self.lengths, self.contents) = (lengths, contents)
  }
}
