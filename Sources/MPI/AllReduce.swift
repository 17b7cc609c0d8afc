// Combine the values of all ranks, on all ranks.

import CMPI

extension Communicator {
  /// Reduces `buffer` over all ranks, in place.
  ///
  /// yᵢ = ⊕ᵣ xᵢ⁽ʳ⁾ for r in 0 ..< size. The C function is `MPI_Allreduce` (MPI 3.1, § 5.9.6).
  /// - Collective: with the same count and reduction on every rank.
  /// - Parameter buffer: any length, also 0; unchanged when there is one rank.
  /// - Cost: ring, about 2(N−1)/N × bytes sent per rank.
  public func allReduce<Element: MPIElement>(
    _ buffer: UnsafeMutableBufferPointer<Element>, _ reduction: Reduction
  ) throws {
    guard let start = buffer.baseAddress else { return }
    for range in MPIChunks.ranges(of: buffer.count) {
      try check(
        "MPI_Allreduce",
        MPI_Allreduce(
          cmpi_in_place(), start + range.lowerBound, cCount(range.count, in: "MPI_Allreduce"),
          Element.mpiType, reduction.operation, handle))
    }
  }

  /// Reduces an array over all ranks, in place. Collective.
  public func allReduce<Element: MPIElement>(
    _ values: inout [Element], _ reduction: Reduction
  ) throws {
    try values.withUnsafeMutableBufferPointer { try allReduce($0, reduction) }
  }

  /// Reduces one number over all ranks. Collective.
  public func allReduce<Element: MPIElement>(
    _ value: Element, _ reduction: Reduction
  ) throws -> Element {
    var values = [value]
    try allReduce(&values, reduction)
    return values[0]
  }

  /// Begins to reduce `buffer` over all ranks in place and returns at once (`MPI_Iallreduce`).
  ///
  /// Nobody reads or writes `buffer`, and its memory stays where it is, until the request has been
  /// waited for.
  /// - Collective: started in the same order on every rank.
  public func startAllReduce<Element: MPIElement>(
    _ buffer: UnsafeMutableBufferPointer<Element>, _ reduction: Reduction
  ) throws -> Request {
    try startAllReduce(buffer, Element.mpiType, reduction.operation)
  }

  /// The same with any MPI data type of the elements' layout and any operation over it.
  func startAllReduce<Element: BitwiseCopyable>(
    _ buffer: UnsafeMutableBufferPointer<Element>, _ type: MPI_Datatype, _ operation: MPI_Op
  ) throws -> Request {
    var request = Request()
    guard let start = buffer.baseAddress else { return request }
    for range in MPIChunks.ranges(of: buffer.count) {
      do {
        var pending: MPI_Request = cmpi_request_null()
        try check(
          "MPI_Iallreduce",
          cmpi_iallreduce_in_place(
            start + range.lowerBound, cCount(range.count, in: "MPI_Iallreduce"), type, operation,
            handle, &pending))
        request.append(pending)
      } catch {
        request.abandon()
        throw error
      }
    }
    return request
  }
}
