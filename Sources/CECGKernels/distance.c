// From one vector to many, which are float32, float16 or bytes with a scale each: distances, by differences (exact where
// vectors are close, which the difference of squared norms and dot products is not), and dot products. Several references
// at a time, so that the sums do not wait for each other, and memory is read in several streams.
#include "dispatch.h"
#include "ecg_kernels.h"
#include "halves.h"
#include <stdbool.h>

#define SQUARED(x, q) (((x) - (q)) * ((x) - (q)))
#define ABSOLUTE(x, q) __builtin_elementwise_abs((x) - (q))
#define PRODUCT(x, q) ((x) * (q))

// One coordinate of a reference; s is the reference's scale, which only bytes have.
#define ONE(x, s) (*(x))
#define ONE_HALF(x, s) ecg_widen_half(*(x))
#define ONE_BYTE(x, s) ((float)*(x) * (s))
#define NO_SCALE(reference) 1
#define SCALE(reference) scales[reference]

#if ECG_HAS_VECTORS
typedef float lanes __attribute__((vector_size(64)));
typedef float half_lanes __attribute__((vector_size(32)));
typedef float quarter_lanes __attribute__((vector_size(16)));
typedef uint32_t words __attribute__((vector_size(64)));
typedef uint32_t quarter_words __attribute__((vector_size(16)));
typedef float unaligned_lanes __attribute__((vector_size(64), aligned(4), may_alias));
typedef float unaligned_quarter_lanes __attribute__((vector_size(16), aligned(4), may_alias));
typedef uint16_t unaligned_halves __attribute__((vector_size(32), aligned(2), may_alias));
typedef uint16_t unaligned_quarter_halves __attribute__((vector_size(8), aligned(2), may_alias));
typedef int8_t unaligned_bytes __attribute__((vector_size(16), aligned(1), may_alias));
typedef int8_t unaligned_quarter_bytes __attribute__((vector_size(4), aligned(1), may_alias));
enum { WIDTH = sizeof(lanes) / sizeof(float), QUARTER = WIDTH / 4 };

// Macros, since a vector that passes through a call would need the same instruction set on both sides.
#define LOAD(x, s) (*(const unaligned_lanes *)(x))
#define LOAD_QUARTER(x, s) (*(const unaligned_quarter_lanes *)(x))
// As ecg_widen_half.
#define WIDEN(halves, words, lanes)                                                                                    \
  ({                                                                                                                   \
    words bits = __builtin_convertvector(halves, words);                                                               \
    bits = (bits & 0x7FFF) << 13 | (bits & 0x8000) << 16;                                                              \
    (lanes)bits * 0x1p112f;                                                                                            \
  })
#define LOAD_HALVES(x, s) WIDEN(*(const unaligned_halves *)(x), words, lanes)
#define LOAD_QUARTER_HALVES(x, s) WIDEN(*(const unaligned_quarter_halves *)(x), quarter_words, quarter_lanes)
#define LOAD_BYTES(x, s) (__builtin_convertvector(*(const unaligned_bytes *)(x), lanes) * (s))
#define LOAD_QUARTER_BYTES(x, s) (__builtin_convertvector(*(const unaligned_quarter_bytes *)(x), quarter_lanes) * (s))
#define FOLD(v)                                                                                                        \
  ({                                                                                                                   \
    half_lanes half = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +                                          \
                      __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);                                     \
    __builtin_shufflevector(half, half, 0, 1, 2, 3) + __builtin_shufflevector(half, half, 4, 5, 6, 7);                 \
  })
#define ADD_UP(v) (((v)[0] + (v)[2]) + ((v)[1] + (v)[3]))

// One function per way to measure and form of references; TERM is what one coordinate adds. No sum is left off here.
#define ECG_MEASURE(FUNCTION, TERM, REFERENCES, VALUE, SCALE_OF, LOAD_WIDTH, LOAD_FEW, LOAD_ONE)                       \
  ECG_CLONES FUNCTION(                                                                                                 \
      const float *query, REFERENCES, size_t count, size_t dimensions, float limit, float *out) {                      \
    (void)limit;                                                                                                       \
    for (size_t r = 0; r < count; r += 4) {                                                                            \
      /* Beyond the last reference, the last one once more. */                                                         \
      const VALUE *x[4];                                                                                               \
      float s[4];                                                                                                      \
      for (size_t k = 0; k < 4; k++) {                                                                                 \
        const size_t reference = r + k < count ? r + k : count - 1;                                                    \
        x[k] = references + reference * dimensions;                                                                    \
        s[k] = SCALE_OF(reference);                                                                                    \
      }                                                                                                                \
      (void)s;                                                                                                         \
      lanes wide[4] = {{0}, {0}, {0}, {0}};                                                                            \
      size_t i = 0;                                                                                                    \
      for (; i + WIDTH <= dimensions; i += WIDTH) {                                                                    \
        lanes q = LOAD(query + i, 1);                                                                                  \
        _Pragma("clang loop unroll(full)") for (int k = 0; k < 4; k++) {                                               \
          wide[k] += TERM(LOAD_WIDTH(x[k] + i, s[k]), q);                                                              \
        }                                                                                                              \
      }                                                                                                                \
      quarter_lanes sum[4];                                                                                            \
      _Pragma("clang loop unroll(full)") for (int k = 0; k < 4; k++) sum[k] = FOLD(wide[k]);                           \
      for (; i + QUARTER <= dimensions; i += QUARTER) {                                                                \
        quarter_lanes q = LOAD_QUARTER(query + i, 1);                                                                  \
        _Pragma("clang loop unroll(full)") for (int k = 0; k < 4; k++) {                                               \
          sum[k] += TERM(LOAD_FEW(x[k] + i, s[k]), q);                                                                 \
        }                                                                                                              \
      }                                                                                                                \
      for (size_t k = 0; k < 4 && r + k < count; k++) {                                                                \
        float total = ADD_UP(sum[k]);                                                                                  \
        for (size_t j = i; j < dimensions; j++) {                                                                      \
          total += TERM(LOAD_ONE(x[k] + j, s[k]), query[j]);                                                           \
        }                                                                                                              \
        out[r + k] = total;                                                                                            \
      }                                                                                                                \
    }                                                                                                                  \
  }

#else
// Single registers: AT_ONCE references at a time, and PART coordinates before their sums are compared with the limit.
enum { AT_ONCE = 2, PART = 16 };

#define ECG_MEASURE(FUNCTION, TERM, REFERENCES, VALUE, SCALE_OF, LOAD_WIDTH, LOAD_FEW, LOAD_ONE)                       \
  FUNCTION(                                                                                                            \
      const float *query, REFERENCES, size_t count, size_t dimensions, float limit, float *out) {                      \
    for (size_t r = 0; r < count; r += AT_ONCE) {                                                                      \
      const size_t next = r + 1 < count ? r + 1 : r;                                                                   \
      const VALUE *x = references + r * dimensions, *y = references + next * dimensions;                               \
      const float x_scale = SCALE_OF(r), y_scale = SCALE_OF(next), *q = query;                                         \
      (void)x_scale, (void)y_scale;                                                                                    \
      float x_sum = 0, y_sum = 0;                                                                                      \
      size_t left = dimensions;                                                                                        \
      for (; left >= PART && !(x_sum > limit && y_sum > limit); left -= PART, x += PART, y += PART, q += PART) {       \
        float x_part = 0, y_part = 0;                                                                                  \
        _Pragma("clang loop unroll(full)") for (int i = 0; i < PART; i++) {                                            \
          x_part += TERM(LOAD_ONE(x + i, x_scale), q[i]);                                                              \
          y_part += TERM(LOAD_ONE(y + i, y_scale), q[i]);                                                              \
        }                                                                                                              \
        x_sum += x_part;                                                                                               \
        y_sum += y_part;                                                                                               \
      }                                                                                                                \
      if (left < PART)                                                                                                 \
        for (size_t i = 0; i < left; i++) {                                                                            \
          x_sum += TERM(LOAD_ONE(x + i, x_scale), q[i]);                                                               \
          y_sum += TERM(LOAD_ONE(y + i, y_scale), q[i]);                                                               \
        }                                                                                                              \
      out[r] = x_sum;                                                                                                  \
      if (r + 1 < count) out[r + 1] = y_sum;                                                                           \
    }                                                                                                                  \
  }
#endif

#define FLOATS const float *references
#define HALVES const uint16_t *references
#define BYTES const int8_t *references, const float *scales

ECG_MEASURE(void ecg_squared_euclidean_distances, SQUARED, FLOATS, float, NO_SCALE, LOAD, LOAD_QUARTER, ONE)
ECG_MEASURE(void ecg_manhattan_distances, ABSOLUTE, FLOATS, float, NO_SCALE, LOAD, LOAD_QUARTER, ONE)
ECG_MEASURE(void ecg_squared_euclidean_distances_halves, SQUARED, HALVES, uint16_t, NO_SCALE, LOAD_HALVES,
            LOAD_QUARTER_HALVES, ONE_HALF)
ECG_MEASURE(void ecg_manhattan_distances_halves, ABSOLUTE, HALVES, uint16_t, NO_SCALE, LOAD_HALVES,
            LOAD_QUARTER_HALVES, ONE_HALF)
ECG_MEASURE(void ecg_squared_euclidean_distances_bytes, SQUARED, BYTES, int8_t, SCALE, LOAD_BYTES, LOAD_QUARTER_BYTES,
            ONE_BYTE)
ECG_MEASURE(void ecg_manhattan_distances_bytes, ABSOLUTE, BYTES, int8_t, SCALE, LOAD_BYTES, LOAD_QUARTER_BYTES,
            ONE_BYTE)
ECG_MEASURE(static void dot_product, PRODUCT, FLOATS, float, NO_SCALE, LOAD, LOAD_QUARTER, ONE)

void ecg_dot_products(
    const float *query, const float *references, size_t count, size_t dimensions, float *out) {
  dot_product(query, references, count, dimensions, __builtin_inff(), out);
}
