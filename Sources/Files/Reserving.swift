// Room on a disk, found out before it is needed.

#if canImport(Glibc)
  import Glibc
#endif

extension FileSystem {
  /// Finds out whether `bytes` more bytes fit into the directory of `path`, by really allocating
  /// them to a file of that name and removing it (`posix_fallocate`): `statvfs` knows nothing of
  /// quotas.
  public static func reserve(_ bytes: Int, at path: String) throws(FileError) {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
    let descriptor = try Descriptor.open(path, flags, mode: 0o600)
    defer {
      close(descriptor)
      unlink(path)
    }
    var code = posix_fallocate(descriptor, 0, bytes)
    while code == EINTR { code = posix_fallocate(descriptor, 0, bytes) }
    if code == 0 { return }
    guard code == EOPNOTSUPP || code == EINVAL else {
      throw FileError("posix_fallocate", path, code: code)
    }
    // A file system that cannot allocate: the free blocks are all there is to ask.
    var status = statvfs()
    guard fstatvfs(descriptor, &status) == 0 else { throw FileError("fstatvfs", path) }
    guard Int(status.f_bavail) * Int(status.f_frsize) >= bytes else {
      throw FileError("statvfs", path, code: ENOSPC)
    }
  }
}
