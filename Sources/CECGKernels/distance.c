// From one vector to many: distances, by differences (exact where vectors are close, which the difference of squared
// norms and dot products is not), and dot products. Several references at a time, so that the sums do not wait for each
// other, and memory is read in several streams.
#include "dispatch.h"
#include "ecg_kernels.h"
#include <stdbool.h>

#define SQUARED(x, q) (((x) - (q)) * ((x) - (q)))
#define ABSOLUTE(x, q) __builtin_elementwise_abs((x) - (q))
#define PRODUCT(x, q) ((x) * (q))

#if ECG_HAS_VECTORS
typedef float lanes __attribute__((vector_size(64)));
typedef float half_lanes __attribute__((vector_size(32)));
typedef float quarter_lanes __attribute__((vector_size(16)));
typedef float unaligned_lanes __attribute__((vector_size(64), aligned(4), may_alias));
typedef float unaligned_quarter_lanes __attribute__((vector_size(16), aligned(4), may_alias));
enum { WIDTH = sizeof(lanes) / sizeof(float), QUARTER = WIDTH / 4 };

// Macros, since a vector that passes through a call would need the same instruction set on both sides.
#define LOAD(x) (*(const unaligned_lanes *)(x))
#define LOAD_QUARTER(x) (*(const unaligned_quarter_lanes *)(x))
#define FOLD(v)                                                                                                        \
  ({                                                                                                                   \
    half_lanes half = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +                                          \
                      __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);                                     \
    __builtin_shufflevector(half, half, 0, 1, 2, 3) + __builtin_shufflevector(half, half, 4, 5, 6, 7);                 \
  })
#define ADD_UP(v) (((v)[0] + (v)[2]) + ((v)[1] + (v)[3]))

// One function per way to measure; TERM is what one coordinate adds. No sum is left off here.
#define ECG_MEASURE(NAME, TERM)                                                                                        \
  ECG_CLONES static void NAME(                                                                                         \
      const float *query, const float *references, size_t count, size_t dimensions, float limit, float *out) {         \
    (void)limit;                                                                                                       \
    for (size_t r = 0; r < count; r += 4) {                                                                            \
      /* Beyond the last reference, the last one once more. */                                                         \
      const float *x[4];                                                                                               \
      for (size_t k = 0; k < 4; k++) x[k] = references + (r + k < count ? r + k : count - 1) * dimensions;             \
      lanes wide[4] = {{0}, {0}, {0}, {0}};                                                                            \
      size_t i = 0;                                                                                                    \
      for (; i + WIDTH <= dimensions; i += WIDTH) {                                                                    \
        lanes q = LOAD(query + i);                                                                                     \
        _Pragma("clang loop unroll(full)") for (int k = 0; k < 4; k++) {                                               \
          wide[k] += TERM(LOAD(x[k] + i), q);                                                                          \
        }                                                                                                              \
      }                                                                                                                \
      quarter_lanes sum[4];                                                                                            \
      _Pragma("clang loop unroll(full)") for (int k = 0; k < 4; k++) sum[k] = FOLD(wide[k]);                           \
      for (; i + QUARTER <= dimensions; i += QUARTER) {                                                                \
        quarter_lanes q = LOAD_QUARTER(query + i);                                                                     \
        _Pragma("clang loop unroll(full)") for (int k = 0; k < 4; k++) {                                               \
          sum[k] += TERM(LOAD_QUARTER(x[k] + i), q);                                                                   \
        }                                                                                                              \
      }                                                                                                                \
      for (size_t k = 0; k < 4 && r + k < count; k++) {                                                                \
        float total = ADD_UP(sum[k]);                                                                                  \
        for (size_t j = i; j < dimensions; j++) {                                                                      \
          total += TERM(x[k][j], query[j]);                                                                            \
        }                                                                                                              \
        out[r + k] = total;                                                                                            \
      }                                                                                                                \
    }                                                                                                                  \
  }

#else
// Single registers: AT_ONCE references at a time, and PART coordinates before their sums are compared with the limit.
enum { AT_ONCE = 2, PART = 16 };

#define ECG_MEASURE(NAME, TERM)                                                                                        \
  static void NAME(                                                                                                    \
      const float *query, const float *references, size_t count, size_t dimensions, float limit, float *out) {         \
    for (size_t r = 0; r < count; r += AT_ONCE) {                                                                      \
      const float *x = references + r * dimensions, *y = r + 1 < count ? x + dimensions : x, *q = query;               \
      float x_sum = 0, y_sum = 0;                                                                                      \
      size_t left = dimensions;                                                                                        \
      for (; left >= PART && !(x_sum > limit && y_sum > limit); left -= PART, x += PART, y += PART, q += PART) {       \
        float x_part = 0, y_part = 0;                                                                                  \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < PART; i++) {                                            \
          x_part += TERM(x[i], q[i]);                                                                                  \
          y_part += TERM(y[i], q[i]);                                                                                  \
        }                                                                                                              \
        x_sum += x_part;                                                                                               \
        y_sum += y_part;                                                                                               \
      }                                                                                                                \
      if (left < PART)                                                                                                 \
        for (size_t i = 0; i < left; i++) {                                                                            \
          x_sum += TERM(x[i], q[i]);                                                                                   \
          y_sum += TERM(y[i], q[i]);                                                                                   \
        }                                                                                                              \
      out[r] = x_sum;                                                                                                  \
      if (r + 1 < count) out[r + 1] = y_sum;                                                                           \
    }                                                                                                                  \
  }
#endif

ECG_MEASURE(squared_euclidean, SQUARED)
ECG_MEASURE(manhattan, ABSOLUTE)
ECG_MEASURE(dot_product, PRODUCT)

void ecg_squared_euclidean_distances(
    const float *query, const float *references, size_t count, size_t dimensions, float limit, float *out) {
  squared_euclidean(query, references, count, dimensions, limit, out);
}

void ecg_manhattan_distances(
    const float *query, const float *references, size_t count, size_t dimensions, float limit, float *out) {
  manhattan(query, references, count, dimensions, limit, out);
}

void ecg_dot_products(
    const float *query, const float *references, size_t count, size_t dimensions, float *out) {
  dot_product(query, references, count, dimensions, __builtin_inff(), out);
}
