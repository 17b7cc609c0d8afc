// What `predict` is asked to look at: files, folders and lists, in an order that is the same everywhere.

import Files
import Foundation
import ImageCodecs
import MPI
import RunConfig
import Tables

/// Collects the paths of images.
public struct PredictionInputs: Sendable {
  /// A path with the reason why it cannot be opened, if that is known already.
  public struct Item: Codable, Equatable, Sendable {
    public let path: String
    public let problem: String?

    public init(_ path: String, problem: String? = nil) {
      (self.path, self.problem) = (path, problem)
    }
  }

  /// What was found in folders and is not among the items.
  public struct LeftOut: Equatable, Sendable, CustomStringConvertible {
    public var hidden = 0
    /// Neither an image's ending nor an image's first bytes.
    public var otherFiles = 0
    /// Folders in folders that were not followed.
    public var folders = 0
    /// The folder of results, found among the images.
    public var results = 0

    /// `2 hidden files, 1 file that is no image, 3 folders in folders`; empty if nothing was.
    public var description: String {
      func counted(_ count: Int, _ one: String, _ many: String) -> String? {
        count == 0 ? nil : "\(count) \(count == 1 ? one : many)"
      }
      return [
        counted(hidden, "hidden file", "hidden files"),
        counted(otherFiles, "file that is no image", "files that are no images"),
        counted(folders, "folder in a folder", "folders in folders"),
        counted(results, "folder of results", "folders of results"),
      ].compactMap { $0 }.joined(separator: ", ")
    }
  }

  /// Follow folders in folders.
  public var recursive = false
  /// Where results go: a folder that is not looked into when it lies in another one.
  public var results: FileStatus.Identity?
  public private(set) var items: [Item] = []
  public private(set) var leftOut = LeftOut()
  /// Folders that were named and gave nothing.
  public private(set) var foldersWithoutImages: [String] = []

  public init(recursive: Bool = false) { self.recursive = recursive }

  /// Adds a file as it is, or the images of a folder in the order of their names' bytes.
  ///
  /// In a folder, images are told by the ending of their names or by their first bytes; what is left out
  /// is counted. A file that is named is always taken: if it cannot be read, that is its result.
  public mutating func add(_ path: String) {
    var visited: Set<FileStatus.Identity> = []
    let status = try? FileStatus(path)
    if let status, status.kind == .directory {
      let before = items.count
      addFolder(path, status.identity, &visited)
      if items.count == before { foldersWithoutImages.append(path) }
    } else {
      items.append(Item(path, problem: status == nil ? Self.misunderstanding(path) : nil))
    }
  }

  /// What a name of no file was probably meant to be; nil if it may be one.
  private static func misunderstanding(_ path: String) -> String? {
    if path.contains("://") { return "an address, not a file: download it first" }
    guard path.contains(where: { "*?[".contains($0) }) else { return nil }
    return "no such file; patterns are expanded by the shell, if they are not in quotes"
  }

  /// Adds every path of a list; empty lines count for nothing.
  public mutating func add(list bytes: [UInt8], separatedByNull: Bool) {
    for text in separatedByNull ? bytes.split(separator: 0) : TextLines.lines(of: bytes) {
      if text.isEmpty { continue }
      guard let path = String(validating: text, as: UTF8.self) else {
        items.append(Item(String(decoding: text, as: UTF8.self), problem: Self.notUTF8))
        continue
      }
      add(path)
    }
  }

  private static let notUTF8 = "the name is no valid UTF-8; rename it"

  private mutating func addFolder(
    _ folder: String, _ identity: FileStatus.Identity, _ visited: inout Set<FileStatus.Identity>
  ) {
    // A link to a folder above would go round for ever.
    guard visited.insert(identity).inserted else { return }
    let entries: [DirectoryEntry]
    do throws(FileError) { entries = try FileSystem.list(folder) } catch {
      items.append(Item(folder, problem: error.reason))
      return
    }
    for entry in entries {
      if entry.name.isHidden {
        leftOut.hidden += 1
        continue
      }
      let name = entry.name.description
      let path = FilePath.join(folder, name)
      guard entry.name.text != nil else {
        if ImageFormat.isImageName(name) || recursive && entry.kind == .directory {
          items.append(Item(path, problem: Self.notUTF8))
        } else {
          leftOut.otherFiles += 1
        }
        continue
      }
      let status: FileStatus
      do throws(FileError) { status = try FileStatus(path) } catch {
        // A link that leads nowhere, for example.
        items.append(Item(path, problem: error.reason))
        continue
      }
      if status.kind == .directory {
        if status.identity == results {
          leftOut.results += 1
        } else if recursive {
          addFolder(path, status.identity, &visited)
        } else {
          leftOut.folders += 1
        }
      } else if ImageFormat.isImageName(name)
        || status.kind == .regular && (try? ImageDecoder.header(ofFile: path)) != nil
      {
        items.append(Item(path))
      } else {
        leftOut.otherFiles += 1
      }
    }
  }
}
