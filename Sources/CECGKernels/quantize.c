#include "bits.h"
#include "dispatch.h"
#include "ecg_weights.h"

// The largest magnitude, as bits, which are in the order of magnitudes with NaN above infinity; whether any is negative.
ECG_CLONES
static uint32_t largest_magnitude(const float *values, size_t count, uint32_t *negatives) {
  uint32_t largest = 0, negative = 0;
  for (size_t i = 0; i < count; i++) {
    const uint32_t bits = ecg_to_bits(values[i]), magnitude = bits & 0x7FFFFFFF;
    largest = magnitude > largest ? magnitude : largest;
    // A negative zero is none.
    negative |= bits & (0u - (uint32_t)(magnitude != 0));
  }
  *negatives = negative >> 31;
  return largest;
}

ecg_range ecg_range_of(const float *values, size_t count) {
  uint32_t negatives;
  const uint32_t bits = largest_magnitude(values, count, &negatives);
  const float steps = negatives ? 127 : 255;
  ecg_range range = {ecg_from_bits(bits) / steps, negatives ? 128 : 0};
  if (bits >= 0x7F800000) range.scale = __builtin_nanf("");
  // Below it the inverse is no number.
  if (bits < 0x0DA24260) range.scale = 0;  // 1e-30
  return range;
}

ECG_CLONES
static void quantize(const float *restrict values, size_t count, float inverse, float zero, uint8_t *restrict output) {
  // The product is rounded before the sum, or halves would be rounded otherwise where the two are one instruction.
#pragma clang fp contract(off)
  // Adding 1.5 · 2^23 rounds to an integer and leaves it in the low bits, together with the zero, which is even.
  const float shift = 12582912.0f + zero;
  for (size_t i = 0; i < count; i++) output[i] = (uint8_t)ecg_to_bits(values[i] * inverse + shift);
}

void ecg_quantize(const float *values, size_t count, ecg_range range, uint8_t *output) {
  if (range.scale > 0) return quantize(values, count, 1 / range.scale, (float)range.zero, output);
  for (size_t i = 0; i < count; i++) output[i] = (uint8_t)range.zero;
}
