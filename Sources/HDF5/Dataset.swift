// Datasets of 32-bit floats, stored contiguously, written and read in runs of elements.

import CHDF5

/// An open dataset of float32 in little-endian, row-major, contiguous storage.
public struct Dataset: ~Copyable, HDF5Object {
  private let identifier: Identifier
  public let path: String
  public var id: hid_t { identifier.id }
  public var isParallel: Bool { identifier.isParallel }
  /// Extent of each dimension; `[]` is a scalar.
  public let shape: [Int]
  /// Number of elements.
  public var count: Int { shape.reduce(1, *) }

  /// Creates the dataset `name`, with all groups on the way to it. No fill values are written, so every
  /// element has to be.
  /// - Collective: in a parallel file, with the same arguments.
  public init(creating name: String, shape: [Int], in file: borrowing File) throws {
    let (parent, label) = (file.id, "\(file.path): \(name)")
    let creation = try Identifier("H5Pcreate", label) { H5Pcreate(chdf5_dataset_create()) }
    try HDF5Library.check("H5Pset_layout", label) { H5Pset_layout(creation.id, H5D_CONTIGUOUS) }
    try HDF5Library.check("H5Pset_fill_time", label) {
      H5Pset_fill_time(creation.id, H5D_FILL_TIME_NEVER)
    }
    let link = try Identifier("H5Pcreate", label) { H5Pcreate(chdf5_link_create()) }
    try HDF5Library.check("H5Pset_create_intermediate_group", label) {
      H5Pset_create_intermediate_group(link.id, 1)
    }
    let space = try Self.space(of: shape, label)
    identifier = try Identifier("H5Dcreate", label, parallel: file.isParallel) {
      H5Dcreate2(parent, name, chdf5_f32le(), space.id, link.id, creation.id, chdf5_default())
    }
    path = label
    self.shape = shape
  }

  /// Opens the dataset `name` for reading after checking that it is what this type says.
  ///
  /// - Throws: `HDF5Error`, also for other element types, chunked or virtual layout, filters and
  ///   storage in other files.
  public init(opening name: String, in file: borrowing File) throws {
    let (parent, label) = (file.id, "\(file.path): \(name)")
    let dataset = try Identifier("H5Dopen", label, parallel: file.isParallel) {
      H5Dopen2(parent, name, chdf5_default())
    }
    shape = try Self.checkedShape(of: dataset.id, label)
    path = label
    identifier = dataset
  }

  /// Writes the elements `range` of the row-major order from `values`, the first of them.
  ///
  /// - Collective: in a parallel file, with one range per rank; ranks without data pass an empty one.
  ///   A return without error does not prove that the data is on disk: read it back.
  public func write(_ range: Range<Int>, from values: UnsafePointer<Float>?) throws {
    let transfer = try Identifier("H5Pcreate", path) { H5Pcreate(chdf5_dataset_transfer()) }
    if isParallel {
      try HDF5Library.check("H5Pset_dxpl_mpio", path) {
        H5Pset_dxpl_mpio(transfer.id, H5FD_MPIO_COLLECTIVE)
      }
    }
    let memory = try memorySpace(range.count)
    let file = try fileSpace(range)
    try HDF5Library.check("H5Dwrite", path, parallel: isParallel) {
      // An empty selection still wants an address.
      withUnsafeTemporaryAllocation(of: Float.self, capacity: 1) { nothing in
        H5Dwrite(
          id, chdf5_native_float(), memory.id, file.id, transfer.id,
          values ?? UnsafePointer(nothing.baseAddress))
      }
    }
  }

  /// Reads the elements `range` of the row-major order into `values`, which has room for them.
  public func read(_ range: Range<Int>, into values: UnsafeMutablePointer<Float>) throws {
    guard !range.isEmpty else { return }
    let memory = try memorySpace(range.count)
    let file = try fileSpace(range)
    try HDF5Library.check("H5Dread", path) {
      H5Dread(id, chdf5_native_float(), memory.id, file.id, chdf5_default(), values)
    }
  }

  private static func space(of shape: [Int], _ label: String) throws -> Identifier {
    try Identifier("H5Screate", label) {
      shape.isEmpty
        ? H5Screate(H5S_SCALAR)
        : H5Screate_simple(CInt(shape.count), shape.map { hsize_t($0) }, nil)
    }
  }

  private func memorySpace(_ count: Int) throws -> Identifier {
    let space = try Self.space(of: [max(count, 1)], path)
    if count == 0 {
      try HDF5Library.check("H5Sselect_none", path) { H5Sselect_none(space.id) }
    }
    return space
  }

  private func fileSpace(_ range: Range<Int>) throws -> Identifier {
    let space = try Self.space(of: shape, path)
    let boxes = Hyperslab.boxes(of: range, in: shape)
    if boxes.isEmpty {
      try HDF5Library.check("H5Sselect_none", path) { H5Sselect_none(space.id) }
    }
    guard range.count < count else { return space }
    for (index, box) in boxes.enumerated() {
      try HDF5Library.check("H5Sselect_hyperslab", path) {
        H5Sselect_hyperslab(
          space.id, index == 0 ? H5S_SELECT_SET : H5S_SELECT_OR,
          box.starts.map { hsize_t($0) }, nil, box.counts.map { hsize_t($0) }, nil)
      }
    }
    return space
  }

  private static func checkedShape(of dataset: hid_t, _ label: String) throws -> [Int] {
    func require(_ condition: Bool, _ reason: String) throws {
      guard condition else {
        throw HDF5Error(function: "H5Dopen", object: label, reason: reason)
      }
    }
    let type = try Identifier("H5Dget_type", label) { H5Dget_type(dataset) }
    try require(
      try HDF5Library.check("H5Tequal", label) { H5Tequal(type.id, chdf5_f32le()) } > 0,
      "the elements are not little-endian float32")
    let creation = try Identifier("H5Dget_create_plist", label) { H5Dget_create_plist(dataset) }
    let layout = try HDF5Library.check("H5Pget_layout", label) {
      Int(H5Pget_layout(creation.id).rawValue)
    }
    try require(layout == Int(H5D_CONTIGUOUS.rawValue), "the layout is not contiguous")
    try require(
      try HDF5Library.check("H5Pget_external_count", label) {
        H5Pget_external_count(creation.id)
      } == 0, "the data is in another file")
    try require(
      try HDF5Library.check("H5Pget_nfilters", label) { H5Pget_nfilters(creation.id) } == 0,
      "the data is filtered")

    let space = try Identifier("H5Dget_space", label) { H5Dget_space(dataset) }
    let dimensions = try HDF5Library.check("H5Sget_simple_extent_ndims", label) {
      H5Sget_simple_extent_ndims(space.id)
    }
    var extents = [hsize_t](repeating: 0, count: Int(dimensions) + 1)
    try HDF5Library.check("H5Sget_simple_extent_dims", label) {
      H5Sget_simple_extent_dims(space.id, &extents, nil)
    }
    var elements = 1
    return try extents.prefix(Int(dimensions)).map { extent in
      let (product, overflow) = elements.multipliedReportingOverflow(by: Int(clamping: extent))
      try require(!overflow && product < 1 << 48, "a shape of \(extents.dropLast()) is too large")
      elements = product
      return Int(extent)
    }
  }
}
