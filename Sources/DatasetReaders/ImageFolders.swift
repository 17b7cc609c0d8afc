// Where the pictures of a set lie, and which are missing. Folders are listed once instead of asking for
// every file: a quarter of a million questions take minutes on a shared file system.

import Files

#if canImport(Glibc)
  import Glibc
#endif

/// The files below a root, folder by folder, each read when first asked for.
final class ImageFolders {
  private let root: String
  private var names: [String: Set<String>] = [:]
  private var lowercased: [String: [String: String]] = [:]

  init(root: String) { self.root = root }

  /// The path below the root as the file system has it; nil if there is no such file. Names that differ
  /// in case only are taken if there is one: TID2013 is shipped so.
  func find(_ path: String) -> String? {
    // Label files are not trusted, and training refuses paths that leave the root.
    guard path.utf8.first != 0x2F, !path.split(separator: "/").contains("..") else { return nil }
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[..<$0]) } ?? ""
    let name = String(slash.map { path[path.index(after: $0)...] } ?? path[...])
    if list(folder).contains(name) { return path }
    guard let other = spelling(folder)[name.lowercased()] else { return nil }
    return folder.isEmpty ? other : "\(folder)/\(other)"
  }

  /// Whether there is such a folder with anything in it.
  func contains(folder: String) -> Bool { !list(folder).isEmpty }

  private func list(_ folder: String) -> Set<String> {
    if let known = names[folder] { return known }
    var found: Set<String> = []
    if let directory = opendir(FilePath.join(root, folder)) {
      while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        found.insert(name)
      }
      closedir(directory)
    }
    found.subtract([".", ".."])
    names[folder] = found
    return found
  }

  /// Names by their lower-case form, without those that are ambiguous.
  private func spelling(_ folder: String) -> [String: String] {
    if let known = lowercased[folder] { return known }
    var found: [String: String] = [:]
    var ambiguous: Set<String> = []
    for name in list(folder) where found.updateValue(name, forKey: name.lowercased()) != nil {
      ambiguous.insert(name.lowercased())
    }
    for name in ambiguous { found[name] = nil }
    lowercased[folder] = found
    return found
  }

  /// `folder/name`; the name alone in the root itself.
  static func join(_ folder: String, _ name: String) -> String {
    folder.isEmpty || folder == "." ? name : "\(folder)/\(name)"
  }
}
