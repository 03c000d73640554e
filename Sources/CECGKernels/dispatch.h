// Run-time choice of instruction set: ECG_CLONES before a function compiles it once per x86-64 level, and the loader
// picks one. Elsewhere (ARM, bare metal) the target's own instruction set is the only one.
#pragma once
#include <stdint.h>

#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GLIBC__)
#define ECG_HAS_CLONES 1
#define ECG_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define ECG_HAS_CLONES 0
#define ECG_CLONES
#endif

// Whether registers hold several floats.
#if defined(__SSE2__) || defined(__ARM_NEON) || defined(__wasm_simd128__)
#define ECG_HAS_VECTORS 1
#else
#define ECG_HAS_VECTORS 0
#endif

// Before a loop whose output is its input or apart from it, so that no value depends on an earlier one.
#if ECG_HAS_VECTORS
#define ECG_ELEMENTWISE _Pragma("clang loop vectorize(assume_safety)")
#else
#define ECG_ELEMENTWISE
#endif
