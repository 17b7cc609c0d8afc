// Zip archives of stored entries, through libarchive.

import CArchive

/// Writes an archive to an open file. The same contents give the same bytes: times are fixed.
public final class ZipWriter {
  private let archive: OpaquePointer

  /// - Parameter descriptor: a file that is open for writing; it stays open.
  public init(descriptor: Int32) throws {
    guard let archive = archive_write_new() else { throw ZipError(reason: "out of memory") }
    self.archive = archive
    try check(archive_write_set_format_zip(archive))
    try check(archive_write_zip_set_compression_store(archive))
    try check(archive_write_open_fd(archive, descriptor))
  }

  deinit { archive_write_free(archive) }

  /// Adds an entry whose bytes are the concatenation of `parts`.
  public func add(_ name: String, _ parts: [UnsafeRawBufferPointer]) throws {
    guard let entry = archive_entry_new() else { throw ZipError(reason: "out of memory") }
    defer { archive_entry_free(entry) }
    archive_entry_set_pathname(entry, name)
    archive_entry_set_size(entry, Int64(parts.reduce(0) { $0 + $1.count }))
    archive_entry_set_filetype(entry, 0o100000)
    archive_entry_set_perm(entry, 0o644)
    archive_entry_set_mtime(entry, 315_619_200, 0)  // 2 January 1980: the earliest a zip can say
    try check(archive_write_header(archive, entry))
    for part in parts {
      var rest = part
      while !rest.isEmpty {
        let written = archive_write_data(archive, rest.baseAddress, rest.count)
        guard written > 0 else { throw failure }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
      }
    }
  }

  /// Writes the directory. To be called once, at the end.
  public func finish() throws { try check(archive_write_close(archive)) }

  private func check(_ code: Int32) throws {
    if code != ARCHIVE_OK { throw failure }
  }

  private var failure: ZipError {
    ZipError(
      reason: archive_error_string(archive).map { String(cString: $0) } ?? "unknown error")
  }
}
