#include "ceilings.h"
#include <stdint.h>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__ARM_FEATURE_DOTPROD)
#include <arm_neon.h>
#endif

#if defined(__x86_64__) && defined(__gnu_linux__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

// As wide as the widest registers; the compiler splits them where they are narrower.
typedef uint64_t words __attribute__((vector_size(64)));
typedef float floats __attribute__((vector_size(64)));

// Keeps the compiler from computing, or leaving out, what a loop is there for.
#define OPAQUE(x) __asm__ volatile("" : "+m"(x))

// Four places at once: a core gets more from memory than by reading one after the other.
#define STREAMS 4

CLONES unsigned long long ceiling_read(const void *bytes, size_t count) {
  words sums[STREAMS] = {0};
  const words *from = bytes;
  const size_t part = count / sizeof *from / STREAMS;
  for (size_t k = 0; k < part; k++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < STREAMS; i++) sums[i] ^= from[i * part + k];
  }
  unsigned long long result = 0;
  for (int i = 0; i < STREAMS; i++)
    for (int k = 0; k < 8; k++) result ^= sums[i][k];
  return result;
}

// Sixteen sums that do not wait for one another: more than latency times units on any machine.
#define SUMS 16

CLONES size_t ceiling_multiply_floats(size_t rounds) {
  floats factor, other, sums[SUMS] = {0};
  for (int k = 0; k < 16; k++) factor[k] = 1, other[k] = 0.5f;
  OPAQUE(factor);
  OPAQUE(other);
  for (size_t round = 0; round < rounds; round++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < SUMS; i++) {
#pragma clang fp contract(fast)
      sums[i] = sums[i] * factor + other;
    }
  }
  for (int i = 0; i < SUMS; i++) OPAQUE(sums[i]);
  return SUMS * 16;
}

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512vnni"))) static void multiply_vnni(size_t rounds) {
  __m512i factor = _mm512_set1_epi8(1), other = _mm512_set1_epi8(2), sums[SUMS];
  OPAQUE(factor);
  OPAQUE(other);
#pragma clang loop unroll(full)
  for (int i = 0; i < SUMS; i++) sums[i] = _mm512_setzero_si512();
  for (size_t round = 0; round < rounds; round++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < SUMS; i++) sums[i] = _mm512_dpbusd_epi32(sums[i], factor, other);
  }
  for (int i = 0; i < SUMS; i++) OPAQUE(sums[i]);
}

size_t ceiling_multiply_bytes(size_t rounds) {
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx512vnni")) return 0;
  multiply_vnni(rounds);
  return SUMS * 64;
}
#elif defined(__ARM_FEATURE_DOTPROD)
size_t ceiling_multiply_bytes(size_t rounds) {
  int8x16_t factor = vdupq_n_s8(1), other = vdupq_n_s8(2);
  int32x4_t sums[SUMS];
  OPAQUE(factor);
  OPAQUE(other);
  for (int i = 0; i < SUMS; i++) sums[i] = vdupq_n_s32(0);
  for (size_t round = 0; round < rounds; round++) {
#pragma clang loop unroll(full)
    for (int i = 0; i < SUMS; i++) sums[i] = vdotq_s32(sums[i], factor, other);
  }
  for (int i = 0; i < SUMS; i++) OPAQUE(sums[i]);
  return SUMS * 16;
}
#else
size_t ceiling_multiply_bytes(size_t rounds) {
  (void)rounds;
  return 0;
}
#endif
