// Matrix products by oneDNN, in float32 and bfloat16.

#if MUSIQ_ONEDNN
  import COneDNN

  /// oneDNN's generated kernels: 5-10 % ahead of OpenBLAS at this model's shapes on Zen 4, and the only
  /// ones for bfloat16. They take any stride and transpose and pack on the fly.
  struct OneDNNBackend: MatrixProductBackend {
    private let fallback = OpenBLASBackend()

    var name: String {
      guard let version = dnnl_version()?.pointee else { return "oneDNN" }
      return "oneDNN \(version.major).\(version.minor).\(version.patch)"
    }

    /// `dnnl_sgemm`; what it refuses goes to OpenBLAS.
    func multiply(
      _ a: UnsafePointer<Float>, _ aShape: (stride: Int, transposed: Bool),
      _ b: UnsafePointer<Float>, _ bShape: (stride: Int, transposed: Bool), into c: MatrixTarget
    ) {
      // A thread's own setting, a few nanoseconds; without it every call would start a team of threads.
      omp_set_num_threads(1)
      let status = dnnl_sgemm(
        letter(aShape.transposed), letter(bShape.transposed), dnnl_dim_t(c.rows),
        dnnl_dim_t(c.columns), dnnl_dim_t(c.inner), c.scale, a, dnnl_dim_t(aShape.stride), b,
        dnnl_dim_t(bShape.stride), c.accumulate ? 1 : 0, c.pointer, dnnl_dim_t(c.stride))
      if status != dnnl_success { fallback.multiply(a, aShape, b, bShape, into: c) }
    }

    /// `dnnl_gemm_bf16bf16f32`: bfloat16 operands, float32 sums.
    /// - Precondition: `supportsBFloat16`.
    func multiply(
      _ a: UnsafePointer<BFloat16>, _ aShape: (stride: Int, transposed: Bool),
      _ b: UnsafePointer<BFloat16>, _ bShape: (stride: Int, transposed: Bool), into c: MatrixTarget
    ) {
      omp_set_num_threads(1)
      let status = product(a, aShape, b, bShape, into: c)
      precondition(status == dnnl_success, "oneDNN refuses a bfloat16 product: status \(status)")
    }

    /// Found out by a product of 1 × 1 matrices.
    static let supportsBFloat16: Bool = {
      let one = BFloat16(1)
      var result: Float = 0
      let status = withUnsafePointer(to: one) { one in
        withUnsafeMutablePointer(to: &result) { result in
          OneDNNBackend().product(
            one, (1, false), one, (1, false),
            into: MatrixTarget(
              pointer: result, stride: 1, rows: 1, columns: 1, inner: 1, scale: 1,
              accumulate: false))
        }
      }
      return status == dnnl_success && result == 1
    }()

    private func product(
      _ a: UnsafePointer<BFloat16>, _ aShape: (stride: Int, transposed: Bool),
      _ b: UnsafePointer<BFloat16>, _ bShape: (stride: Int, transposed: Bool), into c: MatrixTarget
    ) -> dnnl_status_t {
      // BFloat16 is one UInt16.
      let (a, b) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
      return dnnl_gemm_bf16bf16f32(
        letter(aShape.transposed), letter(bShape.transposed), dnnl_dim_t(c.rows),
        dnnl_dim_t(c.columns), dnnl_dim_t(c.inner), c.scale,
        a.assumingMemoryBound(to: UInt16.self), dnnl_dim_t(aShape.stride),
        b.assumingMemoryBound(to: UInt16.self), dnnl_dim_t(bShape.stride), c.accumulate ? 1 : 0,
        c.pointer, dnnl_dim_t(c.stride))
    }

    private func letter(_ isTransposed: Bool) -> CChar {
      CChar(bitPattern: UInt8(ascii: isTransposed ? "T" : "N"))
    }
  }
#endif
