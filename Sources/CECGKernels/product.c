#include "ecg_network_kernels.h"
#include "dispatch.h"
#include <stdint.h>

// A tile of positions × vectors of columns stays in registers while the depth runs. Its size follows the registers:
// positions · 2 accumulators, two vectors of weights and one value of the input.

#if ECG_HAS_CLONES
#include <immintrin.h>

#define ECG_NAME(name) name##_v4
#define ECG_VECTOR 16
#define ECG_POSITIONS 8
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#include "product_tile.h"
#pragma clang attribute pop
#undef ECG_NAME
#undef ECG_VECTOR
#undef ECG_POSITIONS

#define ECG_NAME(name) name##_v3
#define ECG_VECTOR 8
#define ECG_POSITIONS 6
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#include "product_tile.h"
#pragma clang attribute pop
#undef ECG_NAME
#undef ECG_VECTOR
#undef ECG_POSITIONS
#endif

#define ECG_NAME(name) name##_base
#define ECG_VECTOR 4
#if defined(__aarch64__)
#define ECG_POSITIONS 8
#elif ECG_HAS_VECTORS
#define ECG_POSITIONS 4
#else
// Single registers, 32 of them: 16 sums, 8 weights.
#define ECG_POSITIONS 2
#endif
#include "product_tile.h"

int ecg_best_level(void) {
#if ECG_HAS_CLONES
  if (__builtin_cpu_supports("x86-64-v4")) return 2;
  if (__builtin_cpu_supports("x86-64-v3")) return 1;
#endif
  return 0;
}

void ecg_multiply_at_level(const ecg_product *product, int level) {
  switch (level) {
#if ECG_HAS_CLONES
  case 2: multiply_v4(product); break;
  case 1: multiply_v3(product); break;
#endif
  default: multiply_base(product);
  }
}

void ecg_multiply(const ecg_product *product) { ecg_multiply_at_level(product, ecg_best_level()); }
