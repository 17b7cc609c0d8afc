// The Swift types that travel over MPI, the reductions over them, and counts beyond 2³¹.

import CMPI

/// A Swift number type with an MPI data type of the same memory layout.
public protocol MPIElement: BitwiseCopyable {
  static var mpiType: MPI_Datatype { get }
}

extension Float: MPIElement { public static var mpiType: MPI_Datatype { cmpi_float() } }
extension Double: MPIElement { public static var mpiType: MPI_Datatype { cmpi_double() } }
extension Int: MPIElement { public static var mpiType: MPI_Datatype { cmpi_int64() } }
extension Int32: MPIElement { public static var mpiType: MPI_Datatype { cmpi_int32() } }
extension Int64: MPIElement { public static var mpiType: MPI_Datatype { cmpi_int64() } }
extension UInt8: MPIElement { public static var mpiType: MPI_Datatype { cmpi_uint8() } }
extension UInt32: MPIElement { public static var mpiType: MPI_Datatype { cmpi_uint32() } }
extension UInt64: MPIElement { public static var mpiType: MPI_Datatype { cmpi_uint64() } }

/// What an all-reduce does with the values of all ranks.
///
/// Sums of floating-point numbers are rounded in an order that depends on the number of ranks; use the
/// exact reduction of `DataParallel` where bits matter. The bitwise ones are for integers only.
public enum Reduction: Sendable, CaseIterable {
  case sum, product, minimum, maximum, bitwiseOr, bitwiseAnd, bitwiseXor

  var operation: MPI_Op {
    switch self {
    case .sum: cmpi_sum()
    case .product: cmpi_product()
    case .minimum: cmpi_minimum()
    case .maximum: cmpi_maximum()
    case .bitwiseOr: cmpi_bitwise_or()
    case .bitwiseAnd: cmpi_bitwise_and()
    case .bitwiseXor: cmpi_bitwise_xor()
    }
  }
}

/// The pieces in which a long buffer travels: MPI 3.1 counts are 32-bit.
public enum MPIChunks {
  /// Elements per call: 2³⁰, so that counts and displacements of a chunk fit with room to spare.
  public static let limit = 1 << 30

  /// `0 ..< count` cut into consecutive ranges of at most `limit` elements.
  public static func ranges(of count: Int, limit: Int = MPIChunks.limit) -> [Range<Int>] {
    precondition(count >= 0 && limit > 0, "cannot cut \(count) elements into pieces of \(limit)")
    return stride(from: 0, to: count, by: limit).map { $0..<min($0 + limit, count) }
  }
}
