// The libraries behind matrix products as they describe themselves, for bug reports.

import COpenBLAS

#if MUSIQ_ONEDNN
  import COneDNN
#endif

/// A library as loaded by this process on this processor.
public struct MatrixLibrary: Sendable {
  public let name: String
  public let version: String
  /// The instruction set or processor family whose kernels the library chose when it was loaded.
  public let instructionSet: String
}

extension MatrixProducts {
  /// All libraries of this build, the one that does the work first.
  ///
  /// The C functions are `dnnl_version`, `dnnl_get_effective_cpu_isa`, `openblas_get_config` and
  /// `openblas_get_corename`.
  public static var libraries: [MatrixLibrary] {
    #if MUSIQ_ONEDNN
      [oneDNN, openBLAS]
    #else
      [openBLAS]
    #endif
  }

  /// The configuration begins with `OpenBLAS 0.3.21`.
  private static var openBLAS: MatrixLibrary {
    let words = String(cString: openblas_get_config()).split(separator: " ")
    return MatrixLibrary(
      name: "openblas", version: words.count > 1 ? String(words[1]) : "unknown",
      instructionSet: String(cString: openblas_get_corename()))
  }

  #if MUSIQ_ONEDNN
    private static var oneDNN: MatrixLibrary {
      let version = dnnl_version()?.pointee
      return MatrixLibrary(
        name: "onednn",
        version: version.map { "\($0.major).\($0.minor).\($0.patch)" } ?? "unknown",
        instructionSet: name(of: dnnl_get_effective_cpu_isa()))
    }

    /// The library has no function that names these values.
    private static func name(of instructionSet: dnnl_cpu_isa_t) -> String {
      switch instructionSet {
      case dnnl_cpu_isa_sse41: "sse41"
      case dnnl_cpu_isa_avx: "avx"
      case dnnl_cpu_isa_avx2: "avx2"
      case dnnl_cpu_isa_avx2_vnni: "avx2_vnni"
      case dnnl_cpu_isa_avx512_core: "avx512_core"
      case dnnl_cpu_isa_avx512_core_vnni: "avx512_core_vnni"
      case dnnl_cpu_isa_avx512_core_bf16: "avx512_core_bf16"
      case dnnl_cpu_isa_avx512_core_amx: "avx512_core_amx"
      default: "dnnl_cpu_isa \(instructionSet.rawValue)"
      }
    }
  #endif
}
