// A path for comparison: the one answer to whether two paths in tables name the same file.

/// The bytes of a path as `FilePath.normalized` gives it.
///
/// `./p/0`, `p//0` and `p/0` are one key. Two Unicode forms of one word are two, as on disk, although
/// they are equal as `String`. Links are not followed: `FileStatus.Identity` knows where they lead.
public struct PathKey: Hashable, Comparable, Sendable, CustomStringConvertible {
  private let bytes: FileName

  public init(_ path: String) { bytes = FileName(FilePath.normalized(path)) }

  /// The normalized path.
  public var description: String { bytes.description }

  public static func < (first: PathKey, second: PathKey) -> Bool { first.bytes < second.bytes }
}
