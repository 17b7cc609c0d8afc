// A different piece from every rank to every rank.

import CMPI

extension Communicator {
  /// Sends `send[sendRanges[q]]` to each rank q and receives the piece of rank p into
  /// `receive[receiveRanges[p]]`.
  ///
  /// The C function is `MPI_Alltoallv` (MPI 3.1, § 5.8).
  /// - Collective.
  /// - Parameters:
  ///   - sendRanges: one range of elements per receiver, possibly empty (`send` may be nil when
  ///     all are).
  ///   - receiveRanges: one range per sender; as long as the sender's range for this rank.
  /// - Precondition: the two buffers do not overlap.
  /// - Throws: `MPIError`, also for ranges that end beyond 2³¹ − 1 elements.
  public func allToAll<Element: MPIElement>(
    send: UnsafePointer<Element>?, sendRanges: [Range<Int>],
    receive: UnsafeMutablePointer<Element>?, receiveRanges: [Range<Int>]
  ) throws {
    precondition(
      sendRanges.count == size && receiveRanges.count == size,
      "expected \(size) ranges, got \(sendRanges.count) to send, \(receiveRanges.count) to receive")
    let function = "MPI_Alltoallv"
    for range in sendRanges + receiveRanges { _ = try cCount(range.upperBound, in: function) }
    try check(
      function,
      MPI_Alltoallv(
        send, sendRanges.map { CInt($0.count) }, sendRanges.map { CInt($0.lowerBound) },
        Element.mpiType,
        receive, receiveRanges.map { CInt($0.count) }, receiveRanges.map { CInt($0.lowerBound) },
        Element.mpiType, handle))
  }
}
