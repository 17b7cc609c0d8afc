// Matrix products by OpenBLAS: the fallback, and the build without oneDNN.

import COpenBLAS

/// OpenBLAS, one thread per call: parallelism comes from the workers above.
struct OpenBLASBackend: MatrixProductBackend {
  init() { openblas_set_num_threads(1) }

  var name: String { String(cString: openblas_get_config()) }

  /// `cblas_sgemm`.
  func multiply(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, in product: MatrixProduct) {
    let c = product.c
    cblas_sgemm(
      CblasRowMajor, product.a.isTransposed ? CblasTrans : CblasNoTrans,
      product.b.isTransposed ? CblasTrans : CblasNoTrans, Int32(c.rows), Int32(c.columns),
      Int32(product.inner), product.scale, a, Int32(product.a.stride), b, Int32(product.b.stride),
      product.accumulates ? 1 : 0, c.pointer, Int32(c.stride))
  }
}
