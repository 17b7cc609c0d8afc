// What `musiq-dist --version` prints: all that a bug report needs to name a build, one `key value` a line.

import HDF5
import Kernels
import MPI
import Provenance

enum VersionReport {
  /// Asks only what the libraries answer before MPI has started, so it runs without mpirun and where
  /// a launch fails.
  static var text: String {
    let build = [
      programVersion,
      "commit \(Build.commit ?? "unknown (not built by make from a git checkout)")",
      "date \(Build.commitDate ?? "unknown")",
      "swift \(Build.swiftVersion ?? oldestSwift)",
      "compiled-for \(Build.instructionSet)",
      "mpi \(MPIEnvironment.libraryVersion)",
      "hdf5 \(HDF5Library.version)",
    ]
    let products = MatrixProducts.libraries.map { "\($0.name) \($0.version) \($0.instructionSet)" }
    return (build + products).joined(separator: "\n")
  }

  /// What the manifest asks for, where the build was not told more.
  private static let oldestSwift = "6.3 or later"
}
