// The container of .npz and .xlsx files, through libarchive: one entry after the other, stored or
// deflated.

import CArchive
import Failures
import Files

/// A zip archive that cannot be read or written.
public struct ZipError: Failure, Equatable, Sendable {
  /// What is wrong, in words; the file is known to the caller.
  public var reason: String

  public init(reason: String) { self.reason = reason }

  public var kind: FailureKind { .data }
  public var description: String { reason }
}

/// An open zip archive. Sizes and names come from the file and are claims until the data has been read.
public final class ZipReader {
  /// One file of the archive.
  public struct Entry {
    /// Its path inside the archive.
    public let name: String
    /// Uncompressed bytes as the archive declares them.
    public let size: Int
    /// Why the data of this entry is not to be trusted; nil for an ordinary one.
    public let problem: String?
  }

  /// Entries of an archive at most; a checkpoint has about 500.
  public static let entryLimit = 20_000

  private let archive: OpaquePointer
  private let file: RegularFile
  private var entryCount = 0

  /// Opens the archive at `path`, reading its directory.
  public init(_ path: String) throws(ZipError) {
    do throws(FileError) { file = try RegularFile(path) } catch {
      throw ZipError(reason: error.reason)
    }
    guard let archive = archive_read_new() else { throw ZipError(reason: "out of memory") }
    self.archive = archive
    guard archive_read_support_format_zip_seekable(archive) == ARCHIVE_OK,
      archive_read_open_fd(archive, file.descriptor, 1 << 18) == ARCHIVE_OK
    else { throw failure("no complete zip archive") }
  }

  deinit { archive_read_free(archive) }

  /// The next entry; nil at the end. What is left of the current one is skipped.
  public func next() throws(ZipError) -> Entry? {
    var header: OpaquePointer?
    let code = archive_read_next_header(archive, &header)
    if code == ARCHIVE_EOF { return nil }
    guard code == ARCHIVE_OK || code == ARCHIVE_WARN, let header else {
      throw failure("no complete zip archive")
    }
    entryCount += 1
    guard entryCount <= Self.entryLimit else {
      throw ZipError(reason: "more than \(Self.entryLimit) entries in the archive")
    }
    let name = archive_entry_pathname(header).map { String(cString: $0) } ?? "(unreadable name)"
    let size = archive_entry_size_is_set(header) == 0 ? -1 : archive_entry_size(header)
    var problem: String?
    if code == ARCHIVE_WARN {
      problem = "its two headers disagree: \(message)"
    } else if archive_entry_filetype(header) != 0o100000 {
      problem = "not a regular file"
    } else if size < 0 {
      problem = "has no size"
    } else if archive_entry_is_encrypted(header) != 0 {
      problem = "is encrypted"
    } else if let method = compression, !["uncompressed", "deflation"].contains(method) {
      // Other methods would work, with memory that the file decides about.
      problem = "is compressed by '\(method)'; only stored and deflated entries are read"
    }
    return Entry(name: name, size: Int(size), problem: problem)
  }

  /// Reads up to `count` bytes of the current entry; fewer only at its end, where its checksum and
  /// sizes are compared.
  public func read(
    into memory: UnsafeMutableRawPointer, count: Int, of entry: Entry
  ) throws(ZipError) -> Int {
    let got = archive_read_data(archive, memory, count)
    guard got >= 0 else { throw failure("entry '\(entry.name)' is damaged or cut short") }
    return got
  }

  /// "deflation" of "ZIP 2.0 (deflation)".
  private var compression: String? {
    guard let text = archive_format_name(archive).map({ String(cString: $0) }) else { return nil }
    return text.split(separator: "(").last.map { String($0.dropLast()) }
  }

  private var message: String {
    archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
  }

  private func failure(_ what: String) -> ZipError {
    ZipError(reason: "\(what): \(message)")
  }
}
