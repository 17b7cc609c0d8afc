// The one door to matrix products. All matrices are row-major with a row stride.

import COpenBLAS

/// A read-only operand of a product: rows × columns floats, or its transpose.
public struct MatrixOperand {
  let pointer: Values
  let stride: Int
  let isTransposed: Bool

  /// The matrix at `pointer` whose rows are `stride` floats apart.
  public init(_ pointer: Values, stride: Int, transposed: Bool = false) {
    self.pointer = pointer
    self.stride = stride
    self.isTransposed = transposed
  }

  public var transposed: MatrixOperand {
    MatrixOperand(pointer, stride: stride, transposed: !isTransposed)
  }
}

/// A library that multiplies matrices on the calling thread, with the same bits for the same call.
public protocol MatrixProductBackend: Sendable {
  /// Name and version, for the run log.
  var name: String { get }
  /// C = scale · A B + (accumulate ? C : 0) with A: m × k, B: k × n, C: m × n.
  func multiply(
    _ a: MatrixOperand, _ b: MatrixOperand, into c: MutableValues, stride: Int,
    rows m: Int, columns n: Int, inner k: Int, scale: Float, accumulate: Bool)
}

/// OpenBLAS, one thread per call: parallelism comes from the workers above.
public struct OpenBLASBackend: MatrixProductBackend {
  public init() { openblas_set_num_threads(1) }

  public var name: String { String(cString: openblas_get_config()) }

  /// `cblas_sgemm`.
  @inline(__always)
  public func multiply(
    _ a: MatrixOperand, _ b: MatrixOperand, into c: MutableValues, stride: Int,
    rows m: Int, columns n: Int, inner k: Int, scale: Float, accumulate: Bool
  ) {
    cblas_sgemm(
      CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans,
      b.isTransposed ? CblasTrans : CblasNoTrans, Int32(m), Int32(n), Int32(k), scale,
      a.pointer, Int32(a.stride), b.pointer, Int32(b.stride), accumulate ? 1 : 0, c, Int32(stride))
  }
}

/// The backend that all kernels and operations use.
public let matrixProducts = OpenBLASBackend()

/// C = scale · A B, or C += scale · A B. `m`, `n` or `k` may be 0: an empty sum is zero.
/// Cost: 2·m·n·k FLOPs.
@inline(__always)
public func multiply(
  _ a: MatrixOperand, _ b: MatrixOperand, into c: MutableValues, stride: Int,
  rows m: Int, columns n: Int, inner k: Int, scale: Float = 1, accumulate: Bool = false
) {
  guard m > 0, n > 0 else { return }
  matrixProducts.multiply(
    a, b, into: c, stride: stride, rows: m, columns: n, inner: k, scale: scale,
    accumulate: accumulate)
}
