// Symbolic links: names that lead to another file.

#if canImport(Glibc)
  import Glibc
#endif

extension FileSystem {
  /// Makes `path` a link to `target`, which a relative name leads to from the link's directory. A link of
  /// this name is replaced in one move (`symlink`, `rename`); anything else is left alone.
  /// - Throws: `FileError`: of code EEXIST if `path` is not a link; `lacksLinks` on file systems without.
  public static func replaceLink(_ path: String, to target: String) throws(FileError) {
    if let status = try? FileStatus(path, followingLinks: false), status.kind != .link {
      throw FileError("symlink", path, code: EEXIST, reason: "there is a file of this name")
    }
    let temporary = FilePath.temporary(for: path)
    guard symlink(target, temporary) == 0 else { throw FileError("symlink", path) }
    guard Glibc.rename(temporary, path) == 0 else {
      let error = FileError("rename", path)
      unlink(temporary)
      throw error
    }
  }

  /// What the link `path` says, whether that exists or not (`readlink`).
  public static func link(_ path: String) throws(FileError) -> String {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &bytes, bytes.count)
    guard count >= 0, count < bytes.count else { throw FileError("readlink", path) }
    return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
