// The few system calls behind durable files: names, room, synchronisation.

#if canImport(Glibc)
  import Glibc
#endif

/// A failed system call.
struct SystemError: Error, CustomStringConvertible {
  let call: String
  let path: String
  let code: Int32

  init(_ call: String, _ path: String, code: Int32 = errno) {
    self.call = call
    self.path = path
    self.code = code
  }

  var reason: String { "\(call): \(String(cString: strerror(code)))" }
  var description: String { "\(path): \(reason)" }
}

/// Thin wrappers that throw; no policy.
enum FileSystem {
  /// Creates `path` and all directories above it, private to user and group.
  static func makeDirectory(_ path: String) throws(SystemError) {
    var prefix = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      prefix += part + "/"
      if mkdir(prefix, 0o750) != 0 && errno != EEXIST { throw SystemError("mkdir", prefix) }
    }
    var status = stat()
    guard stat(path, &status) == 0 else { throw SystemError("stat", path) }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw SystemError("mkdir", path, code: ENOTDIR)
    }
  }

  /// Names in a directory; empty when it does not exist.
  static func list(_ path: String) throws(SystemError) -> [String] {
    guard let directory = opendir(path) else {
      if errno == ENOENT { return [] }
      throw SystemError("opendir", path)
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        names.append(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
      }
    }
    return names
  }

  static func size(of path: String) throws(SystemError) -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else { throw SystemError("stat", path) }
    return Int(status.st_size)
  }

  /// Seconds since the last modification; 0 when that is unknown.
  static func age(of path: String) -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else { return 0 }
    return time(nil) - status.st_mtim.tv_sec
  }

  /// Returns when the file or directory is on stable storage.
  static func synchronize(_ path: String) throws(SystemError) {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { throw SystemError("open", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw SystemError("fsync", path) }
  }

  static func rename(_ from: String, to: String) throws(SystemError) {
    guard Glibc.rename(from, to) == 0 else { throw SystemError("rename", from) }
  }

  static func remove(_ path: String) throws(SystemError) {
    guard unlink(path) == 0 || errno == ENOENT else { throw SystemError("unlink", path) }
  }

  /// Finds out whether `bytes` more bytes fit into the directory of `path`, by really allocating them
  /// to a file of that name and removing it: `statvfs` knows nothing of quotas.
  static func reserve(_ bytes: Int, at path: String) throws(SystemError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o640)
    guard descriptor >= 0 else { throw SystemError("open", path) }
    defer {
      close(descriptor)
      unlink(path)
    }
    let code = posix_fallocate(descriptor, 0, bytes)
    if code == 0 { return }
    guard code == EOPNOTSUPP || code == EINVAL else {
      throw SystemError("posix_fallocate", path, code: code)
    }
    // A file system that cannot allocate: the free blocks are all there is to ask.
    var status = statvfs()
    guard fstatvfs(descriptor, &status) == 0 else { throw SystemError("fstatvfs", path) }
    guard Int(status.f_bavail) * Int(status.f_frsize) >= bytes else {
      throw SystemError("statvfs", path, code: ENOSPC)
    }
  }

  /// The time now, ISO 8601 in UTC with seconds.
  static func timeStamp() -> String {
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    var text = [CChar](repeating: 0, count: 32)
    let length = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
