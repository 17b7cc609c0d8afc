// Files: written by one process or by all ranks together, read by one process.

import CHDF5
import MPI

/// What has an identifier: files, groups and datasets.
public protocol HDF5Object: ~Copyable {
  var id: hid_t { get }
  /// Path of the file and of the object inside of it, for messages.
  var path: String { get }
  /// True when the object belongs to a file that is open on all ranks of a communicator.
  var isParallel: Bool { get }
}

/// An open HDF5 file. Closed when its life ends; writers call `close()` to see errors.
public struct File: ~Copyable, HDF5Object {
  private let identifier: Identifier
  public let path: String
  public var id: hid_t { identifier.id }
  public var isParallel: Bool { identifier.isParallel }

  private init(_ identifier: consuming Identifier, path: String) {
    self.identifier = identifier
    self.path = path
  }

  /// Alignment of large datasets in the file, in bytes; a file system with stripes may want more.
  public static let defaultAlignment = 64 << 10

  /// Creates a file that all ranks of `world` write together. It must not exist.
  ///
  /// The format is 1.10 (metadata with checksums). Every create, attribute, write, flush and close is
  /// collective then, in the same order with the same arguments; after an error of any of them the
  /// ranks cannot agree any more and the job has to end by `MPI_Abort`.
  /// - Collective: after `MPIEnvironment.initialize`.
  public static func createParallel(
    at path: String, world: Communicator, alignment: Int = File.defaultAlignment
  ) throws -> File {
    let access = try Identifier("H5Pcreate", path) { H5Pcreate(chdf5_file_access()) }
    try HDF5Library.check("H5Pset_fapl_mpio", path, parallel: true) {
      chdf5_set_fapl_mpio(access.id, world.handle)
    }
    try HDF5Library.check("H5Pset_coll_metadata_write", path) {
      H5Pset_coll_metadata_write(access.id, true)
    }
    return try create(at: path, access: access, alignment: alignment, isParallel: true)
  }

  /// Creates a file written by this process alone. It must not exist.
  public static func create(at path: String) throws -> File {
    let access = try Identifier("H5Pcreate", path) { H5Pcreate(chdf5_file_access()) }
    return try create(at: path, access: access, alignment: 1, isParallel: false)
  }

  private static func create(
    at path: String, access: borrowing Identifier, alignment: Int, isParallel: Bool
  ) throws -> File {
    let list = access.id
    try HDF5Library.check("H5Pset_libver_bounds", path) {
      H5Pset_libver_bounds(list, H5F_LIBVER_V110, H5F_LIBVER_V110)
    }
    try HDF5Library.check("H5Pset_alignment", path) {
      H5Pset_alignment(list, hsize_t(File.defaultAlignment), hsize_t(alignment))
    }
    let identifier = try Identifier("H5Fcreate", path, parallel: isParallel) {
      H5Fcreate(path, chdf5_create_exclusive(), chdf5_default(), list)
    }
    return File(identifier, path: path)
  }

  /// Opens a file for reading by this process alone; other processes may do the same. No lock is taken:
  /// files are complete and unchanging once they have their name.
  public static func openReadOnly(_ path: String) throws -> File {
    let access = try Identifier("H5Pcreate", path) { H5Pcreate(chdf5_file_access()) }
    try HDF5Library.check("H5Pset_file_locking", path) {
      H5Pset_file_locking(access.id, false, true)
    }
    let identifier = try Identifier("H5Fopen", path) {
      H5Fopen(path, chdf5_open_read_only(), access.id)
    }
    return File(identifier, path: path)
  }

  /// Hands everything to the operating system (`H5Fflush`), which also makes it durable when parallel.
  /// - Collective: for a parallel file.
  public func flush() throws {
    try HDF5Library.check("H5Fflush", path, parallel: isParallel) {
      H5Fflush(id, H5F_SCOPE_GLOBAL)
    }
  }

  /// Closes the file; all its datasets and groups must be gone.
  /// - Collective: for a parallel file.
  public consuming func close() throws {
    let (path, isParallel) = (path, isParallel)
    let id = identifier.take()
    try HDF5Library.check("H5Fclose", path, parallel: isParallel) { H5Fclose(id) }
  }
}
