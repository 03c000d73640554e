// From one vector to many: distances, by differences (exact where vectors are close, which the difference of squared
// norms and dot products is not), and dot products. Four references at a time, so that the sums do not wait for each
// other, and memory is read in four streams.
#include "dispatch.h"
#include "ecg_kernels.h"

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

#define SQUARED(x, q) (((x) - (q)) * ((x) - (q)))
#define ABSOLUTE(x, q) __builtin_elementwise_abs((x) - (q))
#define PRODUCT(x, q) ((x) * (q))

// One function per way to measure; TERM is what one coordinate adds.
#define ECG_MEASURE(NAME, TERM)                                                                                        \
  ECG_CLONES void NAME(const float *query, const float *references, size_t count, size_t dimensions, float *out) {     \
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

ECG_MEASURE(ecg_squared_euclidean_distances, SQUARED)
ECG_MEASURE(ecg_manhattan_distances, ABSOLUTE)
ECG_MEASURE(ecg_dot_products, PRODUCT)
