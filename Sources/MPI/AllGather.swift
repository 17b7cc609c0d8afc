// Every rank's piece, on all ranks.

import CMPI

extension Communicator {
  /// Shares pieces of one buffer: rank r contributes `buffer[segments[r]]`, and afterwards all ranks
  /// have all pieces. Elements outside of all segments stay as they are.
  ///
  /// The C function is `MPI_Allgatherv` in place (MPI 3.1, § 5.7). Buffers beyond 2³⁰ elements travel
  /// as a sequence of windows.
  /// - Collective: with the same segments on every rank.
  /// - Precondition: one segment per rank, inside the buffer, not overlapping; they may be empty and of
  ///   any lengths.
  public func allGather<Element: MPIElement>(
    inPlace buffer: UnsafeMutableBufferPointer<Element>, segments: [Range<Int>]
  ) throws {
    precondition(segments.count == size, "expected \(size) segments, got \(segments.count)")
    for segment in segments {
      precondition(
        segment.lowerBound >= 0 && segment.upperBound <= buffer.count,
        "segment \(segment) outside of a buffer of \(buffer.count) elements")
    }
    guard let start = buffer.baseAddress else { return }
    for window in MPIChunks.ranges(of: buffer.count) {
      let pieces = segments.map { $0.clamped(to: window) }
      let counts = pieces.map { CInt($0.count) }
      let displacements = pieces.map {
        $0.isEmpty ? 0 : CInt($0.lowerBound - window.lowerBound)
      }
      try check(
        "MPI_Allgatherv",
        MPI_Allgatherv(
          cmpi_in_place(), 0, Element.mpiType, start + window.lowerBound, counts, displacements,
          Element.mpiType, handle))
    }
  }

  /// The arrays of all ranks in rank order; lengths may differ and may be 0.
  /// - Collective.
  public func allGather<Element: MPIElement>(_ values: [Element]) throws -> [[Element]] {
    var counts = [Int](repeating: 0, count: size)
    counts[rank] = values.count
    try counts.withUnsafeMutableBufferPointer {
      try allGather(inPlace: $0, segments: (0..<size).map { $0..<$0 + 1 })
    }
    var end = 0
    let segments = counts.map { count in
      defer { end += count }
      return end..<end + count
    }
    guard end > 0 else { return segments.map { _ in [] } }
    let total = end
    let joined = try [Element](unsafeUninitializedCapacity: total) { buffer, initialized in
      let all = UnsafeMutableBufferPointer(rebasing: buffer[..<total])
      let own = UnsafeMutableBufferPointer(rebasing: all[segments[rank]])
      _ = own.initialize(fromContentsOf: values)
      try allGather(inPlace: all, segments: segments)
      initialized = total
    }
    return segments.map { Array(joined[$0]) }
  }

  /// The texts of all ranks in rank order.
  /// - Collective.
  public func allGather(text: String) throws -> [String] {
    try allGather(Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }
}
