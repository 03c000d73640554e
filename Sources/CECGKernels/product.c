#include "ecg_network_kernels.h"
#include "dispatch.h"
#include "halves.h"
#include <stdint.h>

// A tile of positions × vectors of columns stays in registers while the depth runs. Its size follows the registers:
// positions · 2 accumulators, two vectors of weights and one value of the input.

// Of one position, rows of weights that a pass over the columns takes together: enough to hide the loads and stores of the
// sums, few enough streams for the hardware to read ahead in each, and little code where registers hold one float.
#if ECG_HAS_VECTORS
#define ECG_ROWS 16
#else
#define ECG_ROWS 4
#endif

// Bytes of weights from which on those that zeros multiply are left out. What lies in a core's own cache is read faster than
// rows are sorted out, but not where each weight takes an instruction of its own.
#if ECG_HAS_VECTORS
#define ECG_MANY (512 << 10)
#else
#define ECG_MANY 0
#endif

#if ECG_HAS_CLONES
#include <immintrin.h>

#define ECG_VECTOR 16
#define ECG_POSITIONS 8
#pragma clang attribute push(__attribute__((target("arch=x86-64-v4"))), apply_to = function)
#define ECG_NAME(name) name##_v4
#define ECG_WEIGHT float
#define ECG_HALVES 0
#include "product_tile.h"
#define ECG_NAME(name) name##_halves_v4
#define ECG_WEIGHT uint16_t
#define ECG_HALVES 1
#include "product_tile.h"
#pragma clang attribute pop
#undef ECG_VECTOR
#undef ECG_POSITIONS

#define ECG_VECTOR 8
#define ECG_POSITIONS 6
#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)
#define ECG_NAME(name) name##_v3
#define ECG_WEIGHT float
#define ECG_HALVES 0
#include "product_tile.h"
#define ECG_NAME(name) name##_halves_v3
#define ECG_WEIGHT uint16_t
#define ECG_HALVES 1
#include "product_tile.h"
#pragma clang attribute pop
#undef ECG_VECTOR
#undef ECG_POSITIONS
#endif

#define ECG_VECTOR 4
#if defined(__aarch64__)
#define ECG_POSITIONS 8
#elif ECG_HAS_VECTORS
#define ECG_POSITIONS 4
#else
// Single registers, 32 of them: 16 sums, 8 weights.
#define ECG_POSITIONS 2
#endif
#define ECG_NAME(name) name##_base
#define ECG_WEIGHT float
#define ECG_HALVES 0
#include "product_tile.h"
#define ECG_NAME(name) name##_halves_base
#define ECG_WEIGHT uint16_t
#define ECG_HALVES 1
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
  case 2: product->halves ? multiply_halves_v4(product) : multiply_v4(product); break;
  case 1: product->halves ? multiply_halves_v3(product) : multiply_v3(product); break;
#endif
  default: product->halves ? multiply_halves_base(product) : multiply_base(product);
  }
}

void ecg_multiply(const ecg_product *product) { ecg_multiply_at_level(product, ecg_best_level()); }
