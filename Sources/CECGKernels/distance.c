// Distances from one vector to many, by differences: exact where vectors are close, which the difference of squared
// norms and dot products is not. Four references at a time, so that the sums do not wait for each other.
#include "dispatch.h"
#include "ecg_kernels.h"

typedef float lanes __attribute__((vector_size(64)));
typedef float unaligned_lanes __attribute__((vector_size(64), aligned(4), may_alias));
enum { WIDTH = sizeof(lanes) / sizeof(float) };

// Macros, since a vector that passes through a call would need the same instruction set on both sides.
#define LOAD(x) (*(const unaligned_lanes *)(x))
#define ADD_UP(total, v)                                                                                               \
  for (int lane = 0; lane < WIDTH; lane++) total += (v)[lane]

#define SQUARED(d) ((d) * (d))
#define ABSOLUTE(d) __builtin_elementwise_abs(d)

// One function per way to measure; TERM is what one coordinate's difference adds.
#define ECG_DISTANCE(NAME, TERM)                                                                                       \
  ECG_CLONES void NAME(const float *query, const float *references, size_t count, size_t dimensions, float *out) {     \
    size_t r = 0;                                                                                                      \
    for (; r + 4 <= count; r += 4) {                                                                                   \
      const float *a = references + r * dimensions, *b = a + dimensions, *c = b + dimensions, *e = c + dimensions;     \
      lanes sa = {0}, sb = {0}, sc = {0}, se = {0};                                                                    \
      size_t i = 0;                                                                                                    \
      for (; i + WIDTH <= dimensions; i += WIDTH) {                                                                    \
        lanes q = LOAD(query + i), d;                                                                                  \
        d = LOAD(a + i) - q, sa += TERM(d);                                                                            \
        d = LOAD(b + i) - q, sb += TERM(d);                                                                            \
        d = LOAD(c + i) - q, sc += TERM(d);                                                                            \
        d = LOAD(e + i) - q, se += TERM(d);                                                                            \
      }                                                                                                                \
      float ta = 0, tb = 0, tc = 0, te = 0;                                                                            \
      ADD_UP(ta, sa);                                                                                                  \
      ADD_UP(tb, sb);                                                                                                  \
      ADD_UP(tc, sc);                                                                                                  \
      ADD_UP(te, se);                                                                                                  \
      for (; i < dimensions; i++) {                                                                                    \
        float q = query[i], d;                                                                                         \
        d = a[i] - q, ta += TERM(d);                                                                                   \
        d = b[i] - q, tb += TERM(d);                                                                                   \
        d = c[i] - q, tc += TERM(d);                                                                                   \
        d = e[i] - q, te += TERM(d);                                                                                   \
      }                                                                                                                \
      out[r] = ta, out[r + 1] = tb, out[r + 2] = tc, out[r + 3] = te;                                                  \
    }                                                                                                                  \
    for (; r < count; r++) {                                                                                           \
      const float *a = references + r * dimensions;                                                                    \
      lanes sa = {0};                                                                                                  \
      size_t i = 0;                                                                                                    \
      for (; i + WIDTH <= dimensions; i += WIDTH) {                                                                    \
        lanes d = LOAD(a + i) - LOAD(query + i);                                                                       \
        sa += TERM(d);                                                                                                 \
      }                                                                                                                \
      float ta = 0;                                                                                                    \
      ADD_UP(ta, sa);                                                                                                  \
      for (; i < dimensions; i++) {                                                                                    \
        float d = a[i] - query[i];                                                                                     \
        ta += TERM(d);                                                                                                 \
      }                                                                                                                \
      out[r] = ta;                                                                                                     \
    }                                                                                                                  \
  }

ECG_DISTANCE(ecg_squared_euclidean_distances, SQUARED)
ECG_DISTANCE(ecg_manhattan_distances, ABSOLUTE)
