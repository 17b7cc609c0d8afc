// Groups: the folders of a file, used to find datasets by name.

import CHDF5

/// An open group.
public struct Group: ~Copyable, HDF5Object {
  private let identifier: Identifier
  public let path: String
  public var id: hid_t { identifier.id }
  public var isParallel: Bool { identifier.isParallel }

  /// Opens the group called `name` (`/` is the root).
  public init(_ name: String, in file: borrowing File) throws {
    let (parent, label) = (file.id, "\(file.path): \(name)")
    identifier = try Identifier("H5Gopen", label, parallel: file.isParallel) {
      H5Gopen2(parent, name, chdf5_default())
    }
    path = label
  }

  /// The longest link name that is read, in bytes.
  public static let longestName = 1024

  /// Names of the members in the order of their bytes.
  ///
  /// - Parameter limit: more members than this are an error; what a file says about itself never
  ///   decides how much memory is used.
  /// - Throws: `HDF5Error`, also for soft and external links, which checkpoints do not contain.
  public func members(limit: Int) throws -> [String] {
    var info = H5G_info_t()
    try HDF5Library.check("H5Gget_info", path) { H5Gget_info(id, &info) }
    guard info.nlinks <= hsize_t(limit) else {
      throw HDF5Error(
        function: "H5Gget_info", object: path,
        reason: "\(info.nlinks) members, at most \(limit) are expected")
    }
    return try (0..<info.nlinks).map { index in
      var name = [CChar](repeating: 0, count: Self.longestName + 1)
      let length = try HDF5Library.check("H5Lget_name_by_idx", path) {
        H5Lget_name_by_idx(
          id, ".", H5_INDEX_NAME, H5_ITER_INC, index, &name, name.count, chdf5_default())
      }
      guard length <= Self.longestName else {
        throw HDF5Error(
          function: "H5Lget_name_by_idx", object: path,
          reason: "a name of \(length) bytes, at most \(Self.longestName) are expected")
      }
      let text = String(decoding: name.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let type = try HDF5Library.check("H5Lget_info", "\(path)/\(text)") {
        chdf5_link_type(id, name)
      }
      guard type == chdf5_hard_link() else {
        throw HDF5Error(
          function: "H5Lget_info", object: "\(path)/\(text)",
          reason: "a soft or external link where an object is expected")
      }
      return text
    }
  }
}

extension File {
  /// Paths of all datasets in the group `name`, relative to it and in the order of their bytes.
  ///
  /// - Parameters:
  ///   - limit: more objects than this are an error.
  ///   - depth: groups nested deeper than this are an error; hard links may form a cycle.
  public func datasets(in name: String, limit: Int = 100_000, depth: Int = 16) throws -> [String] {
    guard depth > 0 else {
      throw HDF5Error(function: "H5Gopen", object: "\(path): \(name)", reason: "nested too deeply")
    }
    var result: [String] = []
    for member in try Group(name, in: self).members(limit: limit) {
      switch try kind(of: "\(name)/\(member)") {
      case H5I_DATASET: result.append(member)
      case H5I_GROUP:
        let inner = try datasets(in: "\(name)/\(member)", limit: limit, depth: depth - 1)
        result += inner.map { "\(member)/\($0)" }
      default:
        throw HDF5Error(
          function: "H5Oopen", object: "\(path): \(name)/\(member)",
          reason: "neither a group nor a dataset")
      }
      guard result.count <= limit else {
        throw HDF5Error(
          function: "H5Gget_info", object: "\(path): \(name)",
          reason: "more than \(limit) datasets")
      }
    }
    return result
  }

  private func kind(of name: String) throws -> H5I_type_t {
    let object = try Identifier("H5Oopen", "\(path): \(name)") {
      H5Oopen(id, name, chdf5_default())
    }
    return H5I_type_t(
      try HDF5Library.check("H5Iget_type", "\(path): \(name)") { H5Iget_type(object.id).rawValue })
  }
}
