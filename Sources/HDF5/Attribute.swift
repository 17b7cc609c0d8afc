// Attributes: named numbers and texts of files, groups and datasets.

import CHDF5

/// A number that can be an attribute.
public protocol AttributeNumber: BitwiseCopyable {
  /// Zero, the value before reading.
  init()
  /// The type in the file, little-endian; also that of memory on the machines this runs on.
  static var attributeType: hid_t { get }
  static var attributeName: String { get }
}

extension Int: AttributeNumber {
  public static var attributeType: hid_t { chdf5_i64le() }
  public static var attributeName: String { "64-bit signed integer" }
}

extension UInt64: AttributeNumber {
  public static var attributeType: hid_t { chdf5_u64le() }
  public static var attributeName: String { "64-bit unsigned integer" }
}

extension UInt32: AttributeNumber {
  public static var attributeType: hid_t { chdf5_u32le() }
  public static var attributeName: String { "32-bit unsigned integer" }
}

extension Double: AttributeNumber {
  public static var attributeType: hid_t { chdf5_f64le() }
  public static var attributeName: String { "64-bit float" }
}

extension HDF5Object where Self: ~Copyable {
  /// Adds the number `value` as the attribute `name`.
  /// - Collective: in a parallel file, with the same value.
  public func setAttribute<Number: AttributeNumber>(_ name: String, _ value: Number) throws {
    let label = "\(path) @\(name)"
    let space = try Identifier("H5Screate", label) { H5Screate(H5S_SCALAR) }
    try HDF5Library.check("H5Awrite", label, parallel: isParallel) {
      let attribute = H5Acreate2(
        id, name, Number.attributeType, space.id, chdf5_default(), chdf5_default())
      return Self.finish(attribute) {
        withUnsafePointer(to: value) { H5Awrite(attribute, Number.attributeType, $0) }
      }
    }
  }

  /// Adds a text as the attribute `name`: fixed length, UTF-8, padded with zeros.
  /// - Collective: in a parallel file, with the same text.
  public func setAttribute(_ name: String, _ text: String) throws {
    let label = "\(path) @\(name)"
    var bytes = Array(text.utf8)
    if bytes.isEmpty { bytes = [0] }
    let type = try Self.textType(bytes.count, label)
    let space = try Identifier("H5Screate", label) { H5Screate(H5S_SCALAR) }
    try HDF5Library.check("H5Awrite", label, parallel: isParallel) {
      let attribute = H5Acreate2(id, name, type.id, space.id, chdf5_default(), chdf5_default())
      return Self.finish(attribute) { H5Awrite(attribute, type.id, bytes) }
    }
  }

  /// Whether there is an attribute `name` (`H5Aexists`).
  public func hasAttribute(_ name: String) throws -> Bool {
    try HDF5Library.check("H5Aexists", "\(path) @\(name)") { H5Aexists(id, name) } > 0
  }

  /// The number stored as the attribute `name`.
  /// - Throws: `HDF5Error` when it is missing, of another type, or not a single number.
  public func attribute<Number: AttributeNumber>(
    _ name: String, as _: Number.Type = Number.self
  ) throws -> Number {
    let label = "\(path) @\(name)"
    let attribute = try openScalar(name, label)
    let type = try Identifier("H5Aget_type", label) { H5Aget_type(attribute.id) }
    guard try HDF5Library.check("H5Tequal", label, { H5Tequal(type.id, Number.attributeType) }) > 0
    else {
      throw HDF5Error(
        function: "H5Aread", object: label, reason: "not a \(Number.attributeName)")
    }
    var value = Number()
    try HDF5Library.check("H5Aread", label) {
      H5Aread(attribute.id, Number.attributeType, &value)
    }
    return value
  }

  /// The text stored as the attribute `name`.
  /// - Parameter limit: a longer text is an error.
  /// - Throws: `HDF5Error` when it is missing, not a fixed-length text, too long or not UTF-8.
  public func textAttribute(_ name: String, limit: Int = 1 << 20) throws -> String {
    let label = "\(path) @\(name)"
    func failure(_ reason: String) -> HDF5Error {
      HDF5Error(function: "H5Aread", object: label, reason: reason)
    }
    let attribute = try openScalar(name, label)
    let type = try Identifier("H5Aget_type", label) { H5Aget_type(attribute.id) }
    let kind = try HDF5Library.check("H5Tget_class", label) { H5Tget_class(type.id).rawValue }
    guard kind == H5T_STRING.rawValue,
      try HDF5Library.check("H5Tis_variable_str", label, { H5Tis_variable_str(type.id) }) == 0
    else { throw failure("not a text of fixed length") }
    let size = try HDF5Library.check("H5Tget_size", label) { Int(H5Tget_size(type.id)) }
    guard size > 0, size <= limit else { throw failure("\(size) bytes, at most \(limit)") }
    var bytes = [UInt8](repeating: 0, count: size)
    try HDF5Library.check("H5Aread", label) { H5Aread(attribute.id, type.id, &bytes) }
    let used = bytes.prefix((bytes.lastIndex { $0 != 0 } ?? -1) + 1)
    guard let text = String(validating: used, as: UTF8.self) else { throw failure("not UTF-8") }
    return text
  }

  private func openScalar(_ name: String, _ label: String) throws -> Identifier {
    let attribute = try Identifier("H5Aopen", label) { H5Aopen(id, name, chdf5_default()) }
    let space = try Identifier("H5Aget_space", label) { H5Aget_space(attribute.id) }
    let points = try HDF5Library.check("H5Sget_simple_extent_npoints", label) {
      H5Sget_simple_extent_npoints(space.id)
    }
    guard points == 1 else {
      throw HDF5Error(
        function: "H5Aopen", object: label, reason: "\(points) values where one is expected")
    }
    return attribute
  }

  private static func textType(_ count: Int, _ label: String) throws -> Identifier {
    let type = try Identifier("H5Tcopy", label) { H5Tcopy(chdf5_c_string()) }
    try HDF5Library.check("H5Tset_size", label) { H5Tset_size(type.id, count) }
    try HDF5Library.check("H5Tset_strpad", label) { H5Tset_strpad(type.id, H5T_STR_NULLPAD) }
    try HDF5Library.check("H5Tset_cset", label) { H5Tset_cset(type.id, H5T_CSET_UTF8) }
    return type
  }

  /// Writes into and closes a new attribute behind the library's lock.
  private static func finish(_ attribute: hid_t, _ write: () -> herr_t) -> herr_t {
    guard attribute >= 0 else { return -1 }
    let status = write()
    // Closing would clear the error stack before it is read, and hang in a parallel file.
    return status < 0 ? status : H5Aclose(attribute)
  }
}
