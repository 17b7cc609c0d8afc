// One rank tells all the others.

import CMPI

extension Communicator {
  /// Copies `buffer` of rank `root` into `buffer` of every other rank (`MPI_Bcast`).
  /// - Collective: with the same count and root on every rank; any length.
  public func broadcast<Element: MPIElement>(
    _ buffer: UnsafeMutableBufferPointer<Element>, from root: Int
  ) throws {
    guard let start = buffer.baseAddress else { return }
    for range in MPIChunks.ranges(of: buffer.count) {
      try check(
        "MPI_Bcast",
        MPI_Bcast(
          start + range.lowerBound, cCount(range.count, in: "MPI_Bcast"), Element.mpiType,
          CInt(root), handle))
    }
  }

  /// The array of rank `root` on every rank; the length travels first, the others' arrays are ignored.
  /// - Collective.
  public func broadcast<Element: MPIElement>(
    _ values: [Element], from root: Int
  ) throws -> [Element] {
    var count = [values.count]
    try count.withUnsafeMutableBufferPointer { try broadcast($0, from: root) }
    guard count[0] > 0 else { return [] }
    return try Array(unsafeUninitializedCapacity: count[0]) { buffer, initialized in
      if rank == root { _ = buffer.initialize(fromContentsOf: values) }
      try broadcast(UnsafeMutableBufferPointer(rebasing: buffer[..<count[0]]), from: root)
      initialized = count[0]
    }
  }

  /// The bytes of rank `root` on every rank; the others pass `[]`.
  /// - Collective.
  public func broadcast(bytes: [UInt8], from root: Int) throws -> [UInt8] {
    try broadcast(bytes, from: root)
  }

  /// The text of rank `root` on every rank.
  /// - Collective.
  public func broadcast(text: String, from root: Int) throws -> String {
    String(decoding: try broadcast(Array(text.utf8), from: root), as: UTF8.self)
  }
}
