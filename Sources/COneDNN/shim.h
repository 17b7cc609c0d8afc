// oneDNN's matrix products. Debian ships no pkg-config file for it, so the module map names the library.
#pragma once
#include <oneapi/dnnl/dnnl.h>
#include <stdint.h>

// oneDNN is built on OpenMP. Workers are our own threads, so each product must stay on its caller;
// omp.h belongs to the compiler that built the library, not to clang.
extern void omp_set_num_threads(int);

// Exported by the library but left out of its headers: C = alpha op(A) op(B) + beta C with bfloat16
// operands and float32 accumulation, row-major, with the arguments of dnnl_sgemm.
extern dnnl_status_t dnnl_gemm_bf16bf16f32(
    char transa, char transb, dnnl_dim_t M, dnnl_dim_t N, dnnl_dim_t K, float alpha,
    const uint16_t *A, dnnl_dim_t lda, const uint16_t *B, dnnl_dim_t ldb, float beta, float *C,
    dnnl_dim_t ldc);
