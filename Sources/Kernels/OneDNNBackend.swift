// Matrix products by oneDNN, in float32 and bfloat16.

#if MUSIQ_ONEDNN
  import COneDNN

  /// oneDNN's generated kernels: 5-10 % ahead of OpenBLAS at this model's shapes on Zen 4, and the
  /// only ones for bfloat16. They take any stride and transpose and pack on the fly.
  struct OneDNNBackend: MatrixProductBackend {
    private let fallback = OpenBLASBackend()

    var name: String {
      guard let version = dnnl_version()?.pointee else { return "oneDNN" }
      return "oneDNN \(version.major).\(version.minor).\(version.patch)"
    }

    /// `dnnl_sgemm`; what it refuses goes to OpenBLAS.
    func multiply(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, in product: MatrixProduct) {
      // A thread's own setting, a few nanoseconds; without it every call would start a team of
      // threads.
      omp_set_num_threads(1)
      let c = product.c
      let status = dnnl_sgemm(
        letter(product.a), letter(product.b), dnnl_dim_t(c.rows), dnnl_dim_t(c.columns),
        dnnl_dim_t(product.inner), product.scale, a, dnnl_dim_t(product.a.stride), b,
        dnnl_dim_t(product.b.stride), product.accumulates ? 1 : 0, c.pointer, dnnl_dim_t(c.stride))
      if status != dnnl_success { fallback.multiply(a, b, in: product) }
    }

    /// `dnnl_gemm_bf16bf16f32`: bfloat16 operands, float32 sums.
    /// - Precondition: `supportsBFloat16`.
    func multiply(
      _ a: UnsafePointer<BFloat16>, _ b: UnsafePointer<BFloat16>, in product: MatrixProduct
    ) {
      omp_set_num_threads(1)
      let status = status(a, b, in: product)
      precondition(status == dnnl_success, "oneDNN refuses a bfloat16 product: status \(status)")
    }

    /// Found out by a product of 1 × 1 matrices.
    static let supportsBFloat16: Bool = {
      let one = BFloat16(1)
      var result: Float = 0
      let status = withUnsafePointer(to: one) { one in
        withUnsafeMutablePointer(to: &result) { result in
          let view = MatrixView(one, rows: 1, columns: 1)
          return OneDNNBackend().status(
            one, one,
            in: MatrixProduct(
              a: view, b: view, c: MutableMatrixView(result, rows: 1, columns: 1), scale: 1,
              accumulates: false))
        }
      }
      return status == dnnl_success && result == 1
    }()

    private func status(
      _ a: UnsafePointer<BFloat16>, _ b: UnsafePointer<BFloat16>, in product: MatrixProduct
    ) -> dnnl_status_t {
      // BFloat16 is one UInt16.
      let (a, b) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
      let c = product.c
      return dnnl_gemm_bf16bf16f32(
        letter(product.a), letter(product.b), dnnl_dim_t(c.rows), dnnl_dim_t(c.columns),
        dnnl_dim_t(product.inner), product.scale, a.assumingMemoryBound(to: UInt16.self),
        dnnl_dim_t(product.a.stride), b.assumingMemoryBound(to: UInt16.self),
        dnnl_dim_t(product.b.stride), product.accumulates ? 1 : 0, c.pointer, dnnl_dim_t(c.stride))
    }

    private func letter(_ view: MatrixView) -> CChar {
      CChar(bitPattern: UInt8(ascii: view.isTransposed ? "T" : "N"))
    }
  }
#endif
