// Matrix products by OpenBLAS: the fallback, and the build without oneDNN.

import COpenBLAS

/// OpenBLAS, one thread per call: parallelism comes from the workers above.
struct OpenBLASBackend: MatrixProductBackend {
  init() { openblas_set_num_threads(1) }

  var name: String { String(cString: openblas_get_config()) }

  /// `cblas_sgemm`.
  func multiply(
    _ a: UnsafePointer<Float>, _ aShape: (stride: Int, transposed: Bool),
    _ b: UnsafePointer<Float>, _ bShape: (stride: Int, transposed: Bool), into c: MatrixTarget
  ) {
    cblas_sgemm(
      CblasRowMajor, aShape.transposed ? CblasTrans : CblasNoTrans,
      bShape.transposed ? CblasTrans : CblasNoTrans, Int32(c.rows), Int32(c.columns),
      Int32(c.inner), c.scale, a, Int32(aShape.stride), b, Int32(bShape.stride),
      c.accumulate ? 1 : 0, c.pointer, Int32(c.stride))
  }
}
