// Sums of bfloat16 numbers over all ranks: half the bytes of float32.

import CMPI

/// MPI 3.1 knows no bfloat16, so the sum is an operation of our own (`MPI_Op_create`) over 16-bit words.
public struct BFloat16Sum: Sendable {
  private nonisolated(unsafe) let operation: MPI_Op

  /// Made once per process and never freed: MPI frees it with everything else.
  /// - Throws: `MPIError` when the library refuses.
  public init() throws {
    var operation: MPI_Op = cmpi_op_null()
    try check("MPI_Op_create", cmpi_create_bfloat16_sum(&operation))
    self.operation = operation
  }

  /// Begins to sum `words`, bfloat16 bit patterns, over all ranks in place (`MPI_Iallreduce`). Every
  /// addition rounds to 8 significant bits, log₂ of the number of ranks or more of them one after another;
  /// their order is the library's.
  ///
  /// Nobody reads or writes `words`, and its memory stays where it is, until the request has been waited
  /// for.
  /// - Collective: started in the same order on every rank.
  public func start(
    _ words: UnsafeMutableBufferPointer<UInt16>, over world: Communicator
  ) throws -> Request {
    try world.startAllReduce(words, cmpi_uint16(), operation)
  }
}
