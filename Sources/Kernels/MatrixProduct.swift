// The one door to matrix products. All matrices are row-major with a row stride.

/// Arithmetic of the matrix products. Everything between them is float32 in both.
public enum Precision: String, Codable, Sendable, CaseIterable {
  /// float32 operands. The default.
  case fp32
  /// bfloat16 operands, float32 sums; float32 master weights, norms, softmax, loss and reduction.
  case bf16
}

/// A read-only operand of a product: a matrix of floats or bfloat16 numbers, or its transpose.
public struct MatrixOperand {
  enum Storage {
    case float(UnsafePointer<Float>)
    case half(UnsafePointer<BFloat16>)
  }

  let storage: Storage
  let stride: Int
  let isTransposed: Bool

  private init(_ storage: Storage, stride: Int, transposed: Bool) {
    self.storage = storage
    self.stride = stride
    self.isTransposed = transposed
  }

  /// The matrix at `pointer` whose rows are `stride` floats apart.
  public init(_ pointer: UnsafePointer<Float>, stride: Int, transposed: Bool = false) {
    self.init(.float(pointer), stride: stride, transposed: transposed)
  }

  /// The matrix at `pointer` whose rows are `stride` numbers apart.
  public init(_ pointer: UnsafePointer<BFloat16>, stride: Int, transposed: Bool = false) {
    self.init(.half(pointer), stride: stride, transposed: transposed)
  }

  /// Whether the elements are bfloat16.
  var isHalf: Bool { if case .half = storage { true } else { false } }

  public var transposed: MatrixOperand {
    MatrixOperand(storage, stride: stride, transposed: !isTransposed)
  }

  /// The same matrix from element `count` of its memory on.
  public func advanced(by count: Int) -> MatrixOperand {
    switch storage {
    case .float(let pointer):
      MatrixOperand(.float(pointer + count), stride: stride, transposed: isTransposed)
    case .half(let pointer):
      MatrixOperand(.half(pointer + count), stride: stride, transposed: isTransposed)
    }
  }
}

/// C = scale · A B (+ C): sizes and target of one product.
public struct MatrixTarget {
  let pointer: UnsafeMutablePointer<Float>
  let stride: Int
  let rows: Int
  let columns: Int
  let inner: Int
  let scale: Float
  let accumulate: Bool
}

/// A library that multiplies matrices on the calling thread, with the same bits for the same call.
protocol MatrixProductBackend: Sendable {
  /// Name and version, for the run log.
  var name: String { get }
  /// C = scale · A B + (accumulate ? C : 0) with A: m × k, B: k × n, C: m × n.
  func multiply(
    _ a: UnsafePointer<Float>, _ aShape: (stride: Int, transposed: Bool),
    _ b: UnsafePointer<Float>, _ bShape: (stride: Int, transposed: Bool), into c: MatrixTarget)
}

/// The library behind all products, chosen when the program is built.
public enum MatrixProducts {
  #if MUSIQ_ONEDNN
    static let backend = OneDNNBackend()
  #else
    static let backend = OpenBLASBackend()
  #endif

  /// Name and version of the library, for logs.
  public static var name: String { backend.name }

  /// Whether products of bfloat16 operands run on this processor with this build.
  public static var supportsBFloat16: Bool {
    #if MUSIQ_ONEDNN
      OneDNNBackend.supportsBFloat16
    #else
      false
    #endif
  }
}

/// C = scale · A B, or C += scale · A B. `m`, `n` or `k` may be 0: an empty sum is zero.
/// - Precondition: both operands have the same element type.
/// - Cost: 2·m·n·k FLOPs.
@inline(__always)
public func multiply(
  _ a: MatrixOperand, _ b: MatrixOperand, into c: UnsafeMutablePointer<Float>, stride: Int,
  rows m: Int, columns n: Int, inner k: Int, scale: Float = 1, accumulate: Bool = false
) {
  guard m > 0, n > 0 else { return }
  let target = MatrixTarget(
    pointer: c, stride: stride, rows: m, columns: n, inner: k, scale: scale,
    accumulate: accumulate)
  switch (a.storage, b.storage) {
  case (.float(let x), .float(let y)):
    MatrixProducts.backend.multiply(
      x, (a.stride, a.isTransposed), y, (b.stride, b.isTransposed), into: target)
  case (.half(let x), .half(let y)):
    multiplyBFloat16(x, (a.stride, a.isTransposed), y, (b.stride, b.isTransposed), into: target)
  default:
    preconditionFailure("operands of different precision")
  }
}

private func multiplyBFloat16(
  _ a: UnsafePointer<BFloat16>, _ aShape: (stride: Int, transposed: Bool),
  _ b: UnsafePointer<BFloat16>, _ bShape: (stride: Int, transposed: Bool), into c: MatrixTarget
) {
  #if MUSIQ_ONEDNN
    MatrixProducts.backend.multiply(a, aShape, b, bShape, into: c)
  #else
    preconditionFailure("this build has no bfloat16 products")
  #endif
}
