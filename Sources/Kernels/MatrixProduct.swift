// The one door to matrix products.

/// Arithmetic of the matrix products. Everything between them is float32 in both.
public enum Precision: String, Codable, Sendable, CaseIterable {
  /// float32 operands. The default.
  case fp32
  /// bfloat16 operands, float32 sums; float32 master weights, norms, softmax, loss and reduction.
  case bf16
}

/// C = scale · A B, or C += scale · A B: the views of one product. Their pointers are handed over
/// apart, with the type of their elements.
struct MatrixProduct {
  let a: MatrixView
  let b: MatrixView
  let c: MutableMatrixView
  let scale: Float
  let accumulates: Bool

  /// Terms of every sum.
  var inner: Int { a.columns }
}

/// A library that multiplies matrices on the calling thread, with the same bits for the same call.
protocol MatrixProductBackend: Sendable {
  /// Name and version, for the run log.
  var name: String { get }
  /// Computes `product`, whose operands lie at `a` and `b`.
  func multiply(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, in product: MatrixProduct)
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

/// C = scale · A B, or C += scale · A B. Any size may be 0: an empty sum is zero.
/// - Parameters: a `[m, k]`; b `[k, n]`; c `[m, n]`.
/// - Precondition: the shapes fit; both operands have the same element type.
/// - Cost: 2·m·n·k FLOPs.
public func multiply(
  _ a: MatrixView, _ b: MatrixView, into c: MutableMatrixView, scale: Float = 1,
  accumulates: Bool = false
) {
  precondition(
    a.rows == c.rows && a.columns == b.rows && b.columns == c.columns,
    "\(a.rows) × \(a.columns) times \(b.rows) × \(b.columns) is not \(c.rows) × \(c.columns)")
  guard c.rows > 0, c.columns > 0 else { return }
  let product = MatrixProduct(a: a, b: b, c: c, scale: scale, accumulates: accumulates)
  switch (a.elements, b.elements) {
  case (.float32(let x), .float32(let y)):
    MatrixProducts.backend.multiply(x, y, in: product)
  case (.bfloat16(let x), .bfloat16(let y)):
    #if MUSIQ_ONEDNN
      MatrixProducts.backend.multiply(x, y, in: product)
    #else
      preconditionFailure("this build has no bfloat16 products, asked for \(x) and \(y)")
    #endif
  default:
    preconditionFailure("operands of different precision")
  }
}
