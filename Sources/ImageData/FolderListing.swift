// Folders of class folders → unmeasured samples: names only, no file is opened.

import Files

/// What a source holds before the files are measured; sizes are 1 × 1.
struct Listing {
  var index: SampleIndex
  var warnings: [String] = []
  var notes: [String] = []
}

enum FolderListing {
  /// `root/<class>/<file>`: classes in order of their names' bytes, files likewise. Hidden names
  /// and deeper folders are ignored.
  /// - Parameter classNames: the classes of another set, whose labels are to be used.
  static func listing(root: String, classNames: [String]?) throws(DataError) -> Listing {
    let top = try entries(of: root)
    let folders = top.filter { isFolder($0, in: root) }.compactMap(\.name.text)
    guard !folders.isEmpty else {
      throw .noClasses(
        root: root,
        hint: top.isEmpty
          ? "the folder is empty"
          : "found \(top.count) files directly in it; label them with a manifest (.csv) of path,label"
      )
    }
    var result = Listing(
      index: SampleIndex(
        root: root, kind: .classes, classNames: classNames ?? folders, samples: []))
    let labels = Dictionary(
      uniqueKeysWithValues: (classNames ?? folders).enumerated().map { (FileName($1), Int32($0)) })
    var emptyFolders: [String] = []
    var hasDeeperFolders = false
    for folder in folders {
      guard let label = labels[FileName(folder)] else {
        throw .classesDiffer(
          root: root, other: "training data", detail: "'\(folder)' is no class of the latter")
      }
      let entries = try entries(of: FilePath.join(root, folder))
      hasDeeperFolders = hasDeeperFolders || entries.contains { $0.kind == .directory }
      for entry in entries where entry.name.text == nil {
        result.index.excluded.append(
          .init(path: "\(folder)/\(entry.name)", reason: "the name is no valid UTF-8; rename it"))
      }
      let names = entries.filter { $0.kind != .directory }.compactMap(\.name.text)
      if names.isEmpty { emptyFolders.append(folder) }
      for name in names {
        result.index.samples.append(
          Sample(path: "\(folder)/\(name)", target: .classIndex(label), height: 1, width: 1))
      }
    }
    if result.index.samples.isEmpty && hasDeeperFolders {
      throw .noClasses(
        root: root,
        hint: "its folders (\(folders.prefix(3).joined(separator: ", "))) hold folders, not "
          + "images; did you mean '\(FilePath.join(root, folders[0]))'?")
    }
    result.warnings = warnings(folders: folders, empty: emptyFolders)
    for entry in top where entry.name.text == nil {
      result.warnings.append("'\(entry.name)' is left out: the name is no valid UTF-8; rename it")
    }
    return result
  }

  private static func warnings(folders: [String], empty: [String]) -> [String] {
    var warnings: [String] = []
    if folders.count > 1, folders.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
    {
      warnings.append(
        "all class folders have numeric names; they sort as text (0, 1, 10, 11, 2, …), so label 2 is "
          + "not folder 2 unless the names have leading zeros")
    }
    if !empty.isEmpty {
      warnings.append(
        "\(empty.count) of \(folders.count) class folders are empty, the first is '\(empty[0])'")
    }
    return warnings
  }

  /// The entries of a folder without hidden ones, in the order of their names' bytes.
  private static func entries(of path: String) throws(DataError) -> [DirectoryEntry] {
    do throws(FileError) {
      return try FileSystem.list(path).filter { !$0.name.isHidden }
    } catch {
      throw .unreadable(path: path, reason: error.reason)
    }
  }

  private static func isFolder(_ entry: DirectoryEntry, in root: String) -> Bool {
    if let kind = entry.kind { return kind == .directory }
    guard let name = entry.name.text else { return false }
    return (try? FileStatus(FilePath.join(root, name)))?.kind == .directory
  }
}
