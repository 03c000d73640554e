#pragma once
#include "bits.h"

// A float16 as float32, subnormal ones too; infinities and NaN, which weights never are, become large numbers.
static inline float ecg_widen_half(uint16_t half) {
  // Exponent and fraction move to their places in a float32, and 2^112 is the difference of the two biases.
  const uint32_t bits = (uint32_t)(half & 0x7FFF) << 13 | (uint32_t)(half & 0x8000) << 16;
  return ecg_from_bits(bits) * 0x1p112f;
}
