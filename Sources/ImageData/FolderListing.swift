// Folders of class folders → unmeasured samples: names only, no file is opened. What is left out is
// told.

import Files
import ImageCodecs
import Labels

/// What a source holds before the files are measured; sizes are 1 × 1.
struct Listing {
  var index: SampleIndex
  var warnings: [String] = []
  var notes: [String] = []
}

enum FolderListing {
  /// `root/<class>/…/<file>`: classes in order of their names' bytes, files likewise, those of folders
  /// below a class folder where the folder's name stands. Hidden names are left out and counted, as
  /// are files beside the class folders. Links are followed, but not round in a circle.
  static func listing(root: String) throws(DataError) -> Listing {
    var walk = FolderWalk(root: root)
    let top = try walk.entries(of: "")
    let folders = top.filter { walk.isFolder($0, in: "") }.compactMap(\.name.text)
    guard !folders.isEmpty else {
      throw .noClasses(
        root: root,
        hint: top.isEmpty
          ? "the folder is empty"
          : "found \(top.count) files directly in it; label them with a manifest (.csv) of path,label"
      )
    }
    var index = SampleIndex(root: root, kind: .classes, classNames: folders, samples: [])
    var emptyFolders: [String] = []
    for (label, folder) in zip(Int32(0)..., folders) {
      let start = walk.files.count
      try walk.visit(folder)
      if walk.files.count == start { emptyFolders.append(folder) }
      index.samples += walk.files[start...].map {
        Sample(path: $0, target: .classIndex(label), height: 1, width: 1)
      }
    }
    index.excluded = walk.excluded
    try requireClasses(folders, of: index)
    let beside = top.filter { $0.name.text == nil || !walk.isFolder($0, in: "") }
    return Listing(
      index: index,
      warnings: warnings(folders: folders, empty: emptyFolders, beside: beside.map(\.name))
        + exclusions(walk.excluded),
      notes: notes(index, hidden: walk.hidden))
  }

  /// Refuses the folder above `train` and `val`: it would make classes of the splits.
  private static func requireClasses(
    _ folders: [String], of index: SampleIndex
  ) throws(DataError) {
    var held: Set<FileName> = []
    for sample in index.samples where ImageFormat.isImageName(sample.path) {
      let components = sample.path.utf8.split(separator: 0x2F)
      guard components.count > 2 else { return }
      held.insert(FileName(components[0]))
    }
    let names = folders.filter { held.contains(FileName($0)) }
    // `0` and `1` are words of splits in tables, but names of classes in folders.
    guard let first = names.first,
      names.allSatisfy({ Int($0) == nil && DataSplit(word: $0) != nil })
    else { return }
    throw .noClasses(
      root: index.root,
      hint:
        "its folders (\(names.prefix(3).joined(separator: ", "))) hold folders, not images; did "
        + "you mean '\(FilePath.join(index.root, first))'?")
  }

  private static func warnings(
    folders: [String], empty: [String], beside: [FileName]
  ) -> [String] {
    var warnings: [String] = []
    if folders.count > 1, folders.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
      folders != folders.indices.map({ "\($0)" })
    {
      warnings.append(
        "all class folders have numeric names; they sort as text (0, 1, 10, 11, 2, …), so label 2 is "
          + "not folder 2 unless the names have leading zeros")
    }
    if !empty.isEmpty {
      warnings.append(
        "\(empty.count) of \(folders.count) class folders are empty, the first is '\(empty[0])'")
    }
    for name in beside where name.text == nil {
      warnings.append("'\(name)' is left out: the name is no valid UTF-8; rename it")
    }
    let files = beside.filter { $0.text != nil }
    if let first = files.first(where: { ImageFormat.isImageName($0.description) }) ?? files.first {
      warnings.append(
        files.count == 1
          ? "1 file beside the class folders is left out: '\(first)'"
          : "\(files.count) files beside the class folders are left out, such as '\(first)'")
    }
    return warnings
  }

  /// What cannot be a sample whatever it holds.
  private static func exclusions(_ excluded: [SampleIndex.Excluded]) -> [String] {
    guard let first = excluded.first else { return [] }
    return [
      (excluded.count == 1
        ? "1 name in a class folder is left out: "
        : "\(excluded.count) names in class folders are left out, the first is ")
        + "'\(first.path)': \(first.reason)"
    ]
  }

  private static func notes(_ index: SampleIndex, hidden: [String]) -> [String] {
    var notes: [String] = []
    let images = index.samples.filter { ImageFormat.isImageName($0.path) }
    let deep = images.filter { $0.path.utf8.count { $0 == 0x2F } > 1 }
    if let first = deep.first {
      notes.append(
        "\(deep.count) of \(images.count) images lie in folders below their class folders, such as "
          + "'\(FilePath.directory(of: first.path))'; they belong to the class")
    }
    if let first = hidden.first {
      notes.append(
        hidden.count == 1
          ? "1 hidden name is left out: '\(first)'"
          : "\(hidden.count) hidden names are left out, such as '\(first)'")
    }
    return notes
  }
}

/// Goes through folders below a root and collects the files.
private struct FolderWalk {
  let root: String
  /// Paths of files below the root.
  private(set) var files: [String] = []
  /// What cannot be a sample.
  private(set) var excluded: [SampleIndex.Excluded] = []
  private(set) var hidden: [String] = []
  /// The folders that lead to the one being read.
  private var above: [FileStatus.Identity] = []

  init(root: String) { self.root = root }

  /// The entries of a folder without hidden ones, in the order of their names' bytes.
  mutating func entries(of folder: String) throws(DataError) -> [DirectoryEntry] {
    let path = FilePath.join(root, folder)
    do throws(FileError) {
      let all = try FileSystem.list(path)
      hidden += all.filter(\.name.isHidden).map { FilePath.join(folder, $0.name.description) }
      return all.filter { !$0.name.isHidden }
    } catch {
      throw .unreadable(path: path, reason: error.reason)
    }
  }

  func isFolder(_ entry: DirectoryEntry, in folder: String) -> Bool {
    if let kind = entry.kind { return kind == .directory }
    guard let name = entry.name.text else { return false }
    let path = FilePath.join(root, FilePath.join(folder, name))
    return (try? FileStatus(path))?.kind == .directory
  }

  /// Adds the files of a folder and of those below it.
  mutating func visit(_ folder: String) throws(DataError) {
    let identity = (try? FileStatus(FilePath.join(root, folder)))?.identity
    if let identity {
      guard !above.contains(identity) else {
        excluded.append(.init(path: folder, reason: "a link to a folder that it lies in"))
        return
      }
      above.append(identity)
    }
    defer { if identity != nil { above.removeLast() } }
    for entry in try entries(of: folder) {
      guard let name = entry.name.text else {
        excluded.append(
          .init(
            path: FilePath.join(folder, entry.name.description),
            reason: "the name is no valid UTF-8; rename it"))
        continue
      }
      let path = FilePath.join(folder, name)
      if isFolder(entry, in: folder) { try visit(path) } else { files.append(path) }
    }
  }
}
