// The beginning, or all, of a regular file, with this module's errors.

import Files

/// An open regular file, closed with its owner.
struct ImageFile: ~Copyable {
  private let file: RegularFile
  /// Bytes of the file.
  var byteCount: Int { file.size }

  /// Opens without waiting, so that a pipe cannot hang a loader thread.
  init(_ path: String) throws(ImageError) {
    do throws(FileError) { file = try RegularFile(path) } catch { throw Self.failure(error) }
  }

  /// The first `limit` bytes, or all if there are fewer.
  borrowing func read(first limit: Int) throws(ImageError) -> [UInt8] {
    do throws(FileError) { return try file.read(first: limit) } catch { throw Self.failure(error) }
  }

  private static func failure(_ error: FileError) -> ImageError {
    ImageError(.unreadable(detail: error.reason), path: error.path)
  }
}
