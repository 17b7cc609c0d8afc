// Which kernels the matrix libraries choose on this machine: with the program itself, what decides
// the last bits of a product.

import COpenBLAS

#if MUSIQ_ONEDNN
  import COneDNN
#endif

extension MatrixProducts {
  /// The instruction sets that the libraries found or were told to keep to, in their own words.
  ///
  /// The C functions are `dnnl_get_effective_cpu_isa` (limited by `ONEDNN_MAX_CPU_ISA`) and
  /// `openblas_get_corename` (chosen by `OPENBLAS_CORETYPE`).
  public static var instructionSet: String {
    let openBLAS = "OpenBLAS for \(String(cString: openblas_get_corename()))"
    #if MUSIQ_ONEDNN
      return "\(oneDNNInstructionSet) in oneDNN, \(openBLAS)"
    #else
      return openBLAS
    #endif
  }

  #if MUSIQ_ONEDNN
    private static var oneDNNInstructionSet: String {
      let set = dnnl_get_effective_cpu_isa()
      let names: [(dnnl_cpu_isa_t, String)] = [
        (dnnl_cpu_isa_sse41, "SSE4.1"), (dnnl_cpu_isa_avx, "AVX"), (dnnl_cpu_isa_avx2, "AVX2"),
        (dnnl_cpu_isa_avx512_core, "AVX-512"),
        (dnnl_cpu_isa_avx512_core_vnni, "AVX-512 VNNI"),
        (dnnl_cpu_isa_avx512_core_bf16, "AVX-512 BF16"),
        (dnnl_cpu_isa_avx512_core_amx, "AMX"), (dnnl_cpu_isa_avx2_vnni, "AVX2 VNNI"),
      ]
      return names.first { $0.0 == set }?.1 ?? "instruction set \(set.rawValue)"
    }
  #endif
}
