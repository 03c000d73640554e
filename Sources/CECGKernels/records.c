// Loops over stored samples of recordings, written so that the compiler vectorises them.
#include "ecg_records.h"

#include <math.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "dispatch.h"

#define INLINE static inline __attribute__((always_inline))

INLINE int32_t number_16(const uint8_t *bytes) { return (int16_t)(bytes[0] | bytes[1] << 8); }

ECG_CLONES void ecg_unpack_16(const uint8_t *bytes, ptrdiff_t stride, ptrdiff_t count, int32_t *samples) {
  if (stride == 1) {
    for (ptrdiff_t k = 0; k < count; k++) samples[k] = number_16(bytes + 2 * k);
  } else if (stride == 2) {
    for (ptrdiff_t k = 0; k < count; k++) samples[k] = number_16(bytes + 4 * k);
  } else {
    for (ptrdiff_t k = 0; k < count; k++) samples[k] = number_16(bytes + 2 * stride * k);
  }
}

ECG_CLONES void ecg_unpack_212(const uint8_t *bytes, int position, ptrdiff_t count, int32_t *samples) {
  // The high bits bring the sign along; (n ^ 8) - 8 is the sign of a nibble.
  if (position == 0) {
    for (ptrdiff_t k = 0; k < count; k++)
      samples[k] = ((bytes[3 * k + 1] & 15) ^ 8) * 256 - 2048 + bytes[3 * k];
  } else {
    for (ptrdiff_t k = 0; k < count; k++)
      samples[k] = ((bytes[3 * k + 1] >> 4) ^ 8) * 256 - 2048 + bytes[3 * k + 2];
  }
}

ECG_CLONES int32_t ecg_millivolts(const int32_t *samples, ptrdiff_t count, int32_t missing, float baseline,
                                  float steps, float *out) {
  uint32_t sum = 0;
  for (ptrdiff_t k = 0; k < count; k++) {
    const int32_t sample = samples[k];
    sum += (uint32_t)sample;
    out[k] = sample == missing ? NAN : ((float)sample - baseline) / steps;
  }
  return (int32_t)sum;
}

ECG_CLONES int32_t ecg_millivolts_double(const int32_t *samples, ptrdiff_t count, int has_missing, int32_t missing,
                                         double baseline, double steps, float *out) {
  uint32_t sum = 0;
  for (ptrdiff_t k = 0; k < count; k++) {
    const int32_t sample = samples[k];
    sum += (uint32_t)sample;
    out[k] = has_missing && sample == missing ? NAN : (float)(((double)sample - baseline) / steps);
  }
  return (int32_t)sum;
}

void ecg_keep_freed_memory(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
#endif
}
