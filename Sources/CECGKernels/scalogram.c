// One scale of the scalogram: a correlation whose taps repeat from window to window.
#include "dispatch.h"
#include "ecg_kernels.h"

#define INLINE static inline __attribute__((always_inline))

// Adds the taps from `from` to `to`, all of which lie within the beat for windows first ... first + windows - 1.
INLINE void add(const ptrdiff_t phases, const ptrdiff_t windows, const float *table, ptrdiff_t from, ptrdiff_t to,
                const float *x, ptrdiff_t shift, float *sums) {
  float s[64];
#pragma clang loop unroll(full)
  for (ptrdiff_t i = 0; i < windows * phases; i++) s[i] = sums[i];
  for (ptrdiff_t m = from; m < to; m++) {
#pragma clang loop unroll(full)
    for (ptrdiff_t q = 0; q < windows; q++) {
      const float value = x[m + shift * q];
#pragma clang loop unroll(full)
      for (ptrdiff_t p = 0; p < phases; p++) s[q * phases + p] += table[m * phases + p] * value;
    }
  }
#pragma clang loop unroll(full)
  for (ptrdiff_t i = 0; i < windows * phases; i++) sums[i] = s[i];
}

static void add_any(ptrdiff_t phases, ptrdiff_t windows, const float *table, ptrdiff_t from, ptrdiff_t to,
                    const float *x, ptrdiff_t shift, float *sums) {
  for (ptrdiff_t m = from; m < to; m++)
    for (ptrdiff_t q = 0; q < windows; q++) {
      const float value = x[m + shift * q];
      for (ptrdiff_t p = 0; p < phases; p++) sums[q * phases + p] += table[m * phases + p] * value;
    }
}

ECG_CLONES void ecg_scalogram_row(const ecg_scalogram_scale *scale, ptrdiff_t count, const float *beats,
                              ptrdiff_t beat_stride, float *out, ptrdiff_t out_stride) {
  const ptrdiff_t shift = scale->shift, phases = scale->phases, windows = scale->windows;
  const float *table = scale->table - scale->low * phases;
  for (ptrdiff_t b = 0; b < count; b++) {
    const float *x = beats + b * beat_stride;
    float *sums = out + b * out_stride;
    for (ptrdiff_t i = 0; i < phases * windows; i++) sums[i] = 0;
    // Blocks of `shift` taps, within which the same windows see the beat.
    for (ptrdiff_t block = 1 - windows; block < windows; block++) {
      ptrdiff_t from = block * shift, to = from + shift;
      if (from < scale->low) from = scale->low;
      if (to > scale->high) to = scale->high;
      if (from >= to) continue;
      const ptrdiff_t first = block < 0 ? -block : 0;
      const ptrdiff_t active = block < 0 ? windows + block : windows - block;
      const float *start = x + shift * first;
      float *part = sums + first * phases;
      if (phases != 8) {
        add_any(phases, active, table, from, to, start, shift, part);
        continue;
      }
      switch (active) {
      case 1: add(8, 1, table, from, to, start, shift, part); break;
      case 2: add(8, 2, table, from, to, start, shift, part); break;
      case 3: add(8, 3, table, from, to, start, shift, part); break;
      case 4: add(8, 4, table, from, to, start, shift, part); break;
      case 5: add(8, 5, table, from, to, start, shift, part); break;
      case 6: add(8, 6, table, from, to, start, shift, part); break;
      case 7: add(8, 7, table, from, to, start, shift, part); break;
      case 8: add(8, 8, table, from, to, start, shift, part); break;
      default: add_any(phases, active, table, from, to, start, shift, part); break;
      }
    }
  }
}

ECG_CLONES float ecg_dot(ptrdiff_t n, const float *a, const float *b) {
  float lanes[16] = {0};
  ptrdiff_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (int l = 0; l < 16; l++) lanes[l] += a[i + l] * b[i + l];
  float sum = 0;
  for (; i < n; i++) sum += a[i] * b[i];
  for (int l = 0; l < 16; l++) sum += lanes[l];
  return sum;
}
