// What the build was told about itself, and what the compiler was told about the processor.
#pragma once

// Empty when the build was not told: `swift build` without make, or make outside of git.
const char *cbuild_commit(void);
const char *cbuild_commit_date(void);
const char *cbuild_swift_version(void);

// The instruction set that -march allowed, for example "x86-64-v4 avx512_bf16".
const char *cbuild_instruction_set(void);
