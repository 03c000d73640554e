#include "ecg_network_kernels.h"
#include "dispatch.h"
#include "halves.h"
#include <stdint.h>

// A tile of positions × vectors of columns stays in registers while the depth runs. Its size follows the registers:
// positions · 2 accumulators, two vectors of weights and one value of the input.

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

// Rows of weights that a pass over the columns takes together: enough to hide the loads and stores of the sums, few
// enough streams for the hardware to read ahead in each.
enum { ROWS = 16 };

// output[c] += Σ_r input[r] · weights[r][c] over `rows` rows, a constant; weights or, if there are none, halves.
static inline __attribute__((always_inline)) void add_rows(
    const int rows, ptrdiff_t columns, ptrdiff_t stride, const float *restrict input, const float *restrict weights,
    const uint16_t *restrict halves, const bool are_halves, float *restrict output) {
  for (ptrdiff_t c = 0; c < columns; c++) {
    float even = 0, odd = 0;
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r += 2) {
      even += input[r] * (are_halves ? ecg_widen_half(halves[r * stride + c]) : weights[r * stride + c]);
      if (r + 1 < rows)
        odd += input[r + 1] * (are_halves ? ecg_widen_half(halves[(r + 1) * stride + c]) : weights[(r + 1) * stride + c]);
    }
    output[c] += even + odd;
  }
}

static inline __attribute__((always_inline)) void multiply_one_by(const ecg_product *p, const bool are_halves) {
  float *output = p->output;
  const ptrdiff_t columns = p->columns, stride = p->weights_stride, depth = p->depth;
  if (!p->accumulates)
    for (ptrdiff_t c = 0; c < columns; c++) output[c] = p->start && !p->factors ? p->start[c] : 0;
  for (ptrdiff_t s = 0; s < p->segments; s++) {
    const float *input = p->input + s * p->segment_stride;
    const float *weights = are_halves ? NULL : p->weights + s * p->weights_segment_stride;
    const uint16_t *halves = are_halves ? p->halves + s * p->weights_segment_stride : NULL;
    const ptrdiff_t blocks = depth / ROWS;
#define ECG_ROWS(n, k)                                                                                                 \
  add_rows(n, columns, stride, input + (k), are_halves ? NULL : weights + (k) * stride,                                \
           are_halves ? halves + (k) * stride : NULL, are_halves, output);
    for (ptrdiff_t i = 0; i < blocks; i++) ECG_ROWS(ROWS, (p->is_backward ? blocks - 1 - i : i) * ROWS)
    for (ptrdiff_t k = blocks * ROWS; k < depth; k++) ECG_ROWS(1, k)
#undef ECG_ROWS
  }
  if (p->factors)
    for (ptrdiff_t c = 0; c < columns; c++) output[c] = output[c] * p->factors[c] + p->start[c];
  if (p->rectifies)
    for (ptrdiff_t c = 0; c < columns; c++) output[c] = output[c] < 0 ? 0 : output[c];
}

// One position: reads every weight once, row after row, so it runs at the memory's speed.
ECG_CLONES
static void multiply_one(const ecg_product *p) { multiply_one_by(p, false); }

ECG_CLONES
static void multiply_one_by_halves(const ecg_product *p) { multiply_one_by(p, true); }

void ecg_multiply(const ecg_product *product) {
  if (product->positions == 1) return product->halves ? multiply_one_by_halves(product) : multiply_one(product);
  ecg_multiply_at_level(product, ecg_best_level());
}
