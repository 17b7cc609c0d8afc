// Where the images of a set lie, and which are missing. Folders are listed once instead of asking
// for every file: a quarter of a million questions take minutes on a shared file system.

import Files

/// The files below a root, folder by folder, each read when first asked for.
final class ImageFolders {
  private let root: String
  private var names: [String: Set<FileName>] = [:]
  private var lowercased: [String: [String: String]] = [:]

  init(root: String) { self.root = root }

  /// The path below the root as the file system has it; nil if there is no such file. Names that
  /// differ in case only are taken if there is one: TID2013 is shipped so.
  func find(_ path: String) -> String? {
    // Label files are not trusted, and training refuses paths that leave the root.
    guard path.utf8.first != 0x2F, !FilePath.leavesRoot(path) else { return nil }
    let name = FilePath.name(of: path)
    let folder = name.utf8.count == path.utf8.count ? "" : FilePath.directory(of: path)
    if list(folder).contains(FileName(name)) { return path }
    guard let other = spelling(folder)[name.lowercased()] else { return nil }
    return folder.isEmpty ? other : "\(folder)/\(other)"
  }

  /// Whether there is such a folder with anything in it.
  func contains(folder: String) -> Bool { !list(folder).isEmpty }

  private func list(_ folder: String) -> Set<FileName> {
    if let known = names[folder] { return known }
    let entries = (try? FileSystem.list(FilePath.join(root, folder))) ?? []
    let found = Set(entries.map(\.name))
    names[folder] = found
    return found
  }

  /// Names by their lower-case form, without those that are ambiguous.
  private func spelling(_ folder: String) -> [String: String] {
    if let known = lowercased[folder] { return known }
    var found: [String: String] = [:]
    var ambiguous: Set<String> = []
    for name in list(folder).compactMap(\.text)
    where found.updateValue(name, forKey: name.lowercased()) != nil {
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
