// Folders of class folders → unmeasured samples: names only, no file is opened.

import Files
import Foundation

/// What a source holds before the files are measured; sizes are 1 × 1.
struct Listing {
  var index: SampleIndex
  var warnings: [String] = []
  var notes: [String] = []
}

enum FolderListing {
  /// `root/<class>/<file>`: classes in order of their names' bytes, files likewise. Hidden names and
  /// deeper folders are ignored.
  /// - Parameter classNames: the classes of another set, whose labels are to be used.
  static func listing(root: String, classNames: [String]?) throws(DataError) -> Listing {
    let top = try entries(of: root)
    let folders = top.filter { isFolder($0, in: root) }.compactMap(\.name)
      .sorted(by: FilePath.precedes)
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
      uniqueKeysWithValues: (classNames ?? folders).enumerated().map { ($1, Int32($0)) })
    var emptyFolders: [String] = []
    var hasDeeperFolders = false
    for folder in folders {
      guard let label = labels[folder] else {
        throw .classesDiffer(
          root: root, other: "training data", detail: "'\(folder)' is no class of the latter")
      }
      let entries = try entries(of: FilePath.join(root, folder))
      hasDeeperFolders = hasDeeperFolders || entries.contains { $0.isFolder == true }
      for entry in entries where entry.name == nil {
        result.index.excluded.append(
          .init(path: "\(folder)/\(entry.text)", reason: "the name is no valid UTF-8; rename it"))
      }
      let names = entries.filter { $0.isFolder != true }.compactMap(\.name).sorted(
        by: FilePath.precedes)
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
          + "pictures; did you mean '\(FilePath.join(root, folders[0]))'?")
    }
    result.warnings = warnings(folders: folders, empty: emptyFolders)
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

  private struct Entry {
    /// Nil if the bytes are no UTF-8.
    var name: String?
    /// The name with replacement characters.
    var text: String
    /// Nil if only `stat` can tell.
    var isFolder: Bool?
  }

  /// The entries of a folder without hidden ones, in any order.
  private static func entries(of path: String) throws(DataError) -> [Entry] {
    errno = 0
    guard let folder = opendir(path) else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    defer { closedir(folder) }
    var entries: [Entry] = []
    while let entry = readdir(folder) {
      let type = Int(entry.pointee.d_type)
      let (name, text) = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        let name = bytes.prefix { $0 != 0 }
        return (String(validating: name, as: UTF8.self), String(decoding: name, as: UTF8.self))
      }
      if text.utf8.first == 0x2E { continue }
      let isFolder: Bool? =
        type == Int(DT_DIR) ? true : type == Int(DT_UNKNOWN) || type == Int(DT_LNK) ? nil : false
      entries.append(Entry(name: name, text: text, isFolder: isFolder))
    }
    return entries
  }

  private static func isFolder(_ entry: Entry, in root: String) -> Bool {
    if let isFolder = entry.isFolder { return isFolder }
    guard let name = entry.name else { return false }
    var status = stat()
    return stat(FilePath.join(root, name), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
