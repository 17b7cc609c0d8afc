// The Makefile passes these facts through Package.swift as definitions of this target alone: a new commit
// compiles this file and links, nothing else.
#include "build.h"

#ifndef MUSIQ_COMMIT
#define MUSIQ_COMMIT ""
#endif
#ifndef MUSIQ_COMMIT_DATE
#define MUSIQ_COMMIT_DATE ""
#endif
#ifndef MUSIQ_SWIFT_VERSION
#define MUSIQ_SWIFT_VERSION ""
#endif

const char *cbuild_commit(void) { return MUSIQ_COMMIT; }
const char *cbuild_commit_date(void) { return MUSIQ_COMMIT_DATE; }
const char *cbuild_swift_version(void) { return MUSIQ_SWIFT_VERSION; }

// Levels of the x86-64 psABI, told apart by one feature that came with each.
#if defined(__AVX512VL__) && defined(__AVX512BW__) && defined(__AVX512DQ__)
#define LEVEL "x86-64-v4"
#elif defined(__AVX2__) && defined(__FMA__)
#define LEVEL "x86-64-v3"
#elif defined(__SSE4_2__)
#define LEVEL "x86-64-v2"
#elif defined(__x86_64__)
#define LEVEL "x86-64"
#elif defined(__aarch64__)
#define LEVEL "aarch64"
#else
#define LEVEL "other"
#endif

#ifdef __AVX512BF16__
#define BF16 " avx512_bf16"
#else
#define BF16 ""
#endif
#ifdef __AMX_BF16__
#define AMX " amx_bf16"
#else
#define AMX ""
#endif
#ifdef __ARM_FEATURE_SVE
#define SVE " sve"
#else
#define SVE ""
#endif

const char *cbuild_instruction_set(void) { return LEVEL BF16 AMX SVE; }
