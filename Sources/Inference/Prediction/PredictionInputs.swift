// What `predict` is asked to look at: files, folders and lists, in an order that is the same everywhere.

import Foundation
import ImageCodecs
import MPI
import RunConfig

/// Collects the paths of pictures.
public struct PredictionInputs: Sendable {
  /// A path with the reason why it cannot be opened, if that is known already.
  public struct Item: Codable, Equatable, Sendable {
    public let path: String
    public let problem: String?

    public init(_ path: String, problem: String? = nil) {
      (self.path, self.problem) = (path, problem)
    }
  }

  /// Follow folders in folders.
  public var recursive = false
  public private(set) var items: [Item] = []

  public init(recursive: Bool = false) { self.recursive = recursive }

  /// Adds a file as it is, or the pictures of a folder in the order of their names' bytes.
  ///
  /// In a folder, pictures are told by the ending of their names or by their first bytes; hidden names
  /// are left out. A file that is named is always taken: if it cannot be read, that is its result.
  public mutating func add(_ path: String) {
    var visited: Set<FileIdentity> = []
    if let identity = FileIdentity(path), identity.isFolder {
      addFolder(path, identity, &visited)
    } else {
      items.append(Item(path))
    }
  }

  /// Adds every path of a list; empty lines count for nothing.
  public mutating func add(list bytes: [UInt8], separatedByNull: Bool) {
    for line in bytes.split(separator: separatedByNull ? 0 : 0x0A) {
      let text = !separatedByNull && line.last == 0x0D ? line.dropLast() : line
      if text.isEmpty { continue }
      guard let path = String(validating: text, as: UTF8.self) else {
        items.append(Item(String(decoding: text, as: UTF8.self), problem: Self.notUTF8))
        continue
      }
      add(path)
    }
  }

  private static let notUTF8 = "the name is no valid UTF-8; rename it"

  /// Endings that make a file a picture, also of formats that can only be refused with the reason.
  private static let endings: Set<String> = [
    "jpg", "jpeg", "jpe", "jfif", "png", "bmp", "dib", "ppm", "pgm", "pnm", "gif", "webp", "tif",
    "tiff", "heic", "heif", "avif",
  ]

  private mutating func addFolder(
    _ folder: String, _ identity: FileIdentity, _ visited: inout Set<FileIdentity>
  ) {
    // A link to a folder above would go round for ever.
    guard visited.insert(identity).inserted else { return }
    guard let names = Self.names(in: folder) else {
      items.append(Item(folder, problem: String(cString: strerror(errno))))
      return
    }
    for (name, isValid) in names {
      let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
      let ending = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
      guard isValid else {
        if Self.endings.contains(ending) { items.append(Item(path, problem: Self.notUTF8)) }
        continue
      }
      guard let identity = FileIdentity(path) else { continue }
      if identity.isFolder {
        if recursive { addFolder(path, identity, &visited) }
      } else if Self.endings.contains(ending)
        || identity.isRegular && (try? ImageDecoder.header(ofFile: path)) != nil
      {
        items.append(Item(path))
      }
    }
  }

  /// Names in a folder in the order of their bytes; nil if it cannot be read.
  private static func names(in folder: String) -> [(name: String, isValid: Bool)]? {
    guard let stream = opendir(folder) else { return nil }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name.first != 0x2E { names.append(name) }
    }
    return names.sorted { $0.lexicographicallyPrecedes($1) }.map {
      (String(decoding: $0, as: UTF8.self), String(validating: $0, as: UTF8.self) != nil)
    }
  }
}

/// What `stat` says, links followed.
private struct FileIdentity: Hashable {
  let device: UInt64
  let node: UInt64
  let isFolder: Bool
  let isRegular: Bool

  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    (device, node) = (UInt64(status.st_dev), UInt64(status.st_ino))
    isFolder = status.st_mode & S_IFMT == S_IFDIR
    isRegular = status.st_mode & S_IFMT == S_IFREG
  }
}
