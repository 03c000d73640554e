#include "dispatch.h"
#include "ecg_weights.h"

#define INLINE static inline __attribute__((always_inline))

INLINE uint32_t load_word(const void *from) {
  uint32_t word;
  __builtin_memcpy(&word, from, sizeof word);
  return word;
}

// Tells a kernel for `WIDTH` columns and up to `POSITIONS` positions at once to take all positions of one block.
#define TILES(n, tile, ...)                                                                                            \
  for (; i + (n) <= p->positions; i += (n)) tile(p, n, __VA_ARGS__, i);

#if ECG_HAS_CLONES
#include <immintrin.h>

// ---- AVX-512 VNNI: four products of bytes for each of 16 columns in one instruction ----

#pragma clang attribute push(__attribute__((target("arch=x86-64-v4,avx512vnni"))), apply_to = function)

// `positions` and `vectors` are constants, and `part` (the columns of a last, incomplete vector; else 16) is for one
// vector only.
INLINE void tile_vnni(
    const ecg_integer_product *p, const int positions, const int vectors, const ptrdiff_t part, ptrdiff_t column,
    ptrdiff_t position) {
  __m512i sums[24];
  const __mmask16 mask = (__mmask16)((1u << part) - 1);
#pragma clang loop unroll(full)
  for (int i = 0; i < positions * vectors; i++) sums[i] = _mm512_setzero_si512();
  const uint8_t *input = p->input + position * p->position_stride;
  const int8_t *weights = p->weights + 4 * column;
  const ptrdiff_t stride = 4 * p->kernel_columns, position_stride = p->position_stride;
  for (ptrdiff_t s = 0; s < p->segments; s++) {
    const uint8_t *row = input + s * p->segment_stride;
    for (ptrdiff_t k = 0; k < p->groups; k++, weights += stride, row += 4) {
      __m512i w[16];
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++)
        w[v] = part < 16 ? _mm512_maskz_loadu_epi32(mask, weights) : _mm512_loadu_si512(weights + 64 * v);
#pragma clang loop unroll(full)
      for (int i = 0; i < positions; i++) {
        const __m512i a = _mm512_set1_epi32((int)load_word(row + i * position_stride));
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++)
          sums[i * vectors + v] = _mm512_dpbusd_epi32(sums[i * vectors + v], a, w[v]);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    const ptrdiff_t first = column + 16 * v;
    const __m512 scales = _mm512_maskz_loadu_ps(mask, p->scales + first);
    const __m512i totals = _mm512_maskz_loadu_epi32(mask, p->sums + first);
    const __m512 start = p->start ? _mm512_maskz_loadu_ps(mask, p->start + first) : _mm512_setzero_ps();
#pragma clang loop unroll(full)
    for (int i = 0; i < positions; i++) {
      const ecg_range range = p->ranges[(position + i) * p->range_stride];
      const __m512i offset = _mm512_mullo_epi32(totals, _mm512_set1_epi32(range.zero));
      const __m512 sum = _mm512_cvtepi32_ps(_mm512_sub_epi32(sums[i * vectors + v], offset));
      float *to = p->output + (position + i) * p->output_stride + first;
      const __m512 before = p->accumulates ? _mm512_maskz_loadu_ps(mask, to) : start;
      __m512 value = _mm512_fmadd_ps(sum, _mm512_mul_ps(scales, _mm512_set1_ps(range.scale)), before);
      // NaN stays NaN.
      if (p->rectifies)
        value = _mm512_mask_mov_ps(value, _mm512_cmp_ps_mask(value, _mm512_setzero_ps(), _CMP_LT_OQ), _mm512_setzero_ps());
      _mm512_mask_storeu_ps(to, mask, value);
    }
  }
}

static void multiply_vnni(const ecg_integer_product *p) {
  ptrdiff_t column = 0, left = p->columns;
  // One position reads each weight once: many columns together, so that it reads long stretches of memory.
  if (p->positions == 1)
    for (; left >= 256; column += 256, left -= 256) tile_vnni(p, 1, 16, 16, column, 0);
  for (; left >= 64; column += 64, left -= 64) {
    ptrdiff_t i = 0;
    TILES(6, tile_vnni, 4, 16, column)
    TILES(2, tile_vnni, 4, 16, column)
    TILES(1, tile_vnni, 4, 16, column)
  }
  for (; left >= 32; column += 32, left -= 32) {
    ptrdiff_t i = 0;
    TILES(12, tile_vnni, 2, 16, column)
    TILES(4, tile_vnni, 2, 16, column)
    TILES(1, tile_vnni, 2, 16, column)
  }
  for (; left >= 16; column += 16, left -= 16) {
    ptrdiff_t i = 0;
    TILES(12, tile_vnni, 1, 16, column)
    TILES(4, tile_vnni, 1, 16, column)
    TILES(1, tile_vnni, 1, 16, column)
  }
  if (left > 0) {
    ptrdiff_t i = 0;
    TILES(12, tile_vnni, 1, left, column)
    TILES(4, tile_vnni, 1, left, column)
    TILES(1, tile_vnni, 1, left, column)
  }
}
#pragma clang attribute pop

// ---- AVX2: products of 16 bits, two added at once, for eight columns ----

#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)

INLINE __m256i columns_mask(ptrdiff_t part) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)part), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

INLINE void tile_avx2(
    const ecg_integer_product *p, const int positions, const ptrdiff_t part, ptrdiff_t column, ptrdiff_t position) {
  // Of each column the sums of even and of odd pairs, four columns in a register.
  __m256i sums[4][2];
  const __m256i mask = columns_mask(part);
#pragma clang loop unroll(full)
  for (int i = 0; i < positions; i++) sums[i][0] = sums[i][1] = _mm256_setzero_si256();
  const uint8_t *input = p->input + position * p->position_stride;
  const int8_t *weights = p->weights + 4 * column;
  const ptrdiff_t stride = 4 * p->kernel_columns, position_stride = p->position_stride;
  for (ptrdiff_t s = 0; s < p->segments; s++) {
    const uint8_t *row = input + s * p->segment_stride;
    for (ptrdiff_t k = 0; k < p->groups; k++, weights += stride, row += 4) {
      const __m256i w =
          part < 8 ? _mm256_maskload_epi32((const int *)weights, mask) : _mm256_loadu_si256((const __m256i *)weights);
      const __m256i low = _mm256_cvtepi8_epi16(_mm256_castsi256_si128(w));
      const __m256i high = _mm256_cvtepi8_epi16(_mm256_extracti128_si256(w, 1));
#pragma clang loop unroll(full)
      for (int i = 0; i < positions; i++) {
        const __m256i a = _mm256_cvtepu8_epi16(_mm_set1_epi32((int)load_word(row + i * position_stride)));
        sums[i][0] = _mm256_add_epi32(sums[i][0], _mm256_madd_epi16(low, a));
        sums[i][1] = _mm256_add_epi32(sums[i][1], _mm256_madd_epi16(high, a));
      }
    }
  }
  const __m256 scales = _mm256_maskload_ps(p->scales + column, mask);
  const __m256i totals = _mm256_maskload_epi32(p->sums + column, mask);
  const __m256 start = p->start ? _mm256_maskload_ps(p->start + column, mask) : _mm256_setzero_ps();
#pragma clang loop unroll(full)
  for (int i = 0; i < positions; i++) {
    const ecg_range range = p->ranges[(position + i) * p->range_stride];
    // Columns 0 1 4 5 | 2 3 6 7, then in order.
    const __m256i pairs = _mm256_hadd_epi32(sums[i][0], sums[i][1]);
    const __m256i sum = _mm256_permute4x64_epi64(pairs, 0xD8);
    const __m256i exact = _mm256_sub_epi32(sum, _mm256_mullo_epi32(totals, _mm256_set1_epi32(range.zero)));
    float *to = p->output + (position + i) * p->output_stride + column;
    const __m256 before = p->accumulates ? _mm256_maskload_ps(to, mask) : start;
    __m256 value =
        _mm256_fmadd_ps(_mm256_cvtepi32_ps(exact), _mm256_mul_ps(scales, _mm256_set1_ps(range.scale)), before);
    if (p->rectifies) value = _mm256_andnot_ps(_mm256_cmp_ps(value, _mm256_setzero_ps(), _CMP_LT_OQ), value);
    _mm256_maskstore_ps(to, mask, value);
  }
}

static void multiply_avx2(const ecg_integer_product *p) {
  for (ptrdiff_t column = 0; column < p->columns; column += 8) {
    const ptrdiff_t left = p->columns - column;
    ptrdiff_t i = 0;
    if (left >= 8) {
      TILES(4, tile_avx2, 8, column)
      TILES(1, tile_avx2, 8, column)
    } else {
      TILES(4, tile_avx2, left, column)
      TILES(1, tile_avx2, left, column)
    }
  }
}
#pragma clang attribute pop
#endif

// ---- Any machine ----

// What becomes of sums, with nothing left to decide for each.
typedef struct {
  // The value that a sum is added to: first[position · position_step + column · column_step].
  const float *first;
  ptrdiff_t position_step, column_step;
  const float *scales;
  const int32_t *sums;
  const ecg_range *ranges;
  ptrdiff_t range_stride;
  float *output;
  ptrdiff_t output_stride;
  float lowest;
} finishing;

static finishing finishing_of(const ecg_integer_product *p) {
  static const float zero = 0;
  finishing f = {&zero, 0, 0, p->scales, p->sums, p->ranges, p->range_stride, p->output, p->output_stride, 0};
  if (p->accumulates) {
    f.first = p->output;
    f.position_step = p->output_stride;
    f.column_step = 1;
  } else if (p->start) {
    f.first = p->start;
    f.column_step = 1;
  }
  f.lowest = p->rectifies ? 0 : -__builtin_inff();
  return f;
}

// The sum of the products, as a float: wraps around instead of overflowing, though no kernel of allowed size can.
INLINE void finish(const finishing *f, ecg_range range, ptrdiff_t position, ptrdiff_t column, uint32_t sum) {
  sum -= (uint32_t)range.zero * (uint32_t)f->sums[column];
  const float before = f->first[position * f->position_step + column * f->column_step];
  const float value = (float)(int32_t)sum * (f->scales[column] * range.scale) + before;
  // NaN stays NaN.
  f->output[position * f->output_stride + column] = value < f->lowest ? f->lowest : value;
}

#if defined(__ARM_FEATURE_DSP) && defined(__ARM_FEATURE_SIMD32) && !defined(__ARM_NEON)
#include <arm_acle.h>

// ---- Cortex-M: two products of 16 bits in one instruction ----

// Bytes 0 and 2, and 1 and 3, of a word, in 16 bits each.
typedef struct {
  uint32_t even, odd;
} pairs;

INLINE pairs widen_input(const uint8_t *from) {
  const uint32_t word = load_word(from);
  return (pairs){(uint32_t)__uxtb16(word), (uint32_t)__uxtb16(__ror(word, 8))};
}

INLINE pairs widen_weights(const int8_t *from) {
  const uint32_t word = load_word(from);
  return (pairs){(uint32_t)__sxtb16((int8x4_t)word), (uint32_t)__sxtb16((int8x4_t)__ror(word, 8))};
}

INLINE uint32_t add_products(uint32_t sum, pairs a, pairs w) {
  sum = (uint32_t)__smlad((int16x2_t)a.even, (int16x2_t)w.even, (int32_t)sum);
  return (uint32_t)__smlad((int16x2_t)a.odd, (int16x2_t)w.odd, (int32_t)sum);
}

// Of a convolution: as many positions as sums stay in registers beside what is multiplied, and the groups of theirs that
// the stack holds.
enum { POSITIONS = 5, MOST_GROUPS = 64 };

// POSITIONS positions, or those that are left: their inputs are widened once for all columns.
static void multiply_positions(const ecg_integer_product *p, float lowest, ptrdiff_t position) {
  pairs inputs[MOST_GROUPS * POSITIONS];
  const ptrdiff_t left = p->positions - position, weights_stride = 4 * p->kernel_columns, groups = p->groups;
#pragma clang loop unroll(disable)
  for (ptrdiff_t i = 0; i < POSITIONS; i++) {
    // Beyond the last position, the last one once more.
    const uint8_t *row = p->input + (position + (i < left ? i : left - 1)) * p->position_stride;
    pairs *to = inputs + i;
#pragma clang loop unroll(disable)
    for (ptrdiff_t s = 0; s < p->segments; s++, row += p->segment_stride)
#pragma clang loop unroll(disable)
      for (ptrdiff_t k = 0; k < groups; k++, to += POSITIONS) *to = widen_input(row + 4 * k);
  }
  const ptrdiff_t stride = p->output_stride;
  const ecg_range range = *p->ranges;
  for (ptrdiff_t column = 0; column < p->columns; column++) {
    uint32_t sums[POSITIONS];
    const uint32_t first = 0u - (uint32_t)range.zero * (uint32_t)p->sums[column];
#pragma clang loop unroll(full)
    for (int i = 0; i < POSITIONS; i++) sums[i] = first;
    const int8_t *weights = p->weights + 4 * column;
    const pairs *at = inputs;
#pragma clang loop unroll(disable)
    for (ptrdiff_t k = p->segments * groups; k != 0; k--, at += POSITIONS, weights += weights_stride) {
      const pairs w = widen_weights(weights);
#pragma clang loop unroll(full)
      for (int i = 0; i < POSITIONS; i++) sums[i] = add_products(sums[i], at[i], w);
    }
    const float scale = p->scales[column] * range.scale, start = p->start ? p->start[column] : 0;
    float *to = p->output + position * stride + column;
#pragma clang loop unroll(full)
    for (int i = 0; i < POSITIONS; i++) {
      const float value = (float)(int32_t)sums[i] * scale + start;
      // NaN stays NaN.
      *to = value < lowest ? lowest : value;
      if (i + 1 >= left) break;
      to += stride;
    }
  }
}

// One position, whose inputs are widened once for each block of columns.
INLINE void tile_base(
    const ecg_integer_product *p, const int columns, const finishing *f, ptrdiff_t column, ptrdiff_t position) {
  uint32_t sums[4] = {0};
  const uint8_t *input = p->input + position * p->position_stride;
  const int8_t *weights = p->weights + 4 * column;
  const ptrdiff_t stride = 4 * p->kernel_columns;
#pragma clang loop unroll(disable)
  for (ptrdiff_t s = 0; s < p->segments; s++) {
    const uint8_t *row = input + s * p->segment_stride;
#pragma clang loop unroll(disable)
    for (const uint8_t *end = row + 4 * p->groups; row != end; row += 4, weights += stride) {
      const pairs a = widen_input(row);
#pragma clang loop unroll(full)
      for (int c = 0; c < columns; c++) sums[c] = add_products(sums[c], a, widen_weights(weights + 4 * c));
    }
  }
  const ecg_range range = f->ranges[position * f->range_stride];
#pragma clang loop unroll(full)
  for (int c = 0; c < columns; c++) finish(f, range, position, column + c, sums[c]);
}

static void multiply_base(const ecg_integer_product *p) {
  const finishing f = finishing_of(p);
  ptrdiff_t position = 0;
  if (p->segments * p->groups <= MOST_GROUPS && p->range_stride == 0 && !p->accumulates && p->positions > 1)
    for (; position < p->positions; position += POSITIONS) multiply_positions(p, f.lowest, position);
  for (; position < p->positions; position++) {
    ptrdiff_t column = 0;
    for (; column + 4 <= p->columns; column += 4) tile_base(p, 4, &f, column, position);
    for (; column < p->columns; column++) tile_base(p, 1, &f, column, position);
  }
}

#else

// One column, one value after the other.
static void multiply_column(const ecg_integer_product *p, const finishing *f, ptrdiff_t column) {
  for (ptrdiff_t position = 0; position < p->positions; position++) {
    uint32_t sum = 0;
    const int8_t *weights = p->weights + 4 * column;
    for (ptrdiff_t s = 0; s < p->segments; s++) {
      const uint8_t *row = p->input + position * p->position_stride + s * p->segment_stride;
      for (ptrdiff_t k = 0; k < p->groups; k++, row += 4, weights += 4 * p->kernel_columns)
        sum += (uint32_t)(row[0] * weights[0] + row[1] * weights[1] + row[2] * weights[2] + row[3] * weights[3]);
    }
    finish(f, f->ranges[position * f->range_stride], position, column, sum);
  }
}

#if defined(__aarch64__)
#include <arm_neon.h>

// Of each of four columns the sums of every fourth product.
typedef struct {
  int32x4_t sums[4];
} sums_of_four;

INLINE void add_products(sums_of_four *to, const int8_t *weights, uint32_t word) {
  const int8x16_t w = vld1q_s8(weights);
  const int16x8_t low = vmovl_s8(vget_low_s8(w)), high = vmovl_high_s8(w);
  const int16x4_t a = vget_low_s16(vreinterpretq_s16_u16(vmovl_u8(vcreate_u8(word))));
  to->sums[0] = vmlal_s16(to->sums[0], vget_low_s16(low), a);
  to->sums[1] = vmlal_s16(to->sums[1], vget_high_s16(low), a);
  to->sums[2] = vmlal_s16(to->sums[2], vget_low_s16(high), a);
  to->sums[3] = vmlal_s16(to->sums[3], vget_high_s16(high), a);
}

INLINE void store_sums(const sums_of_four *from, uint32_t *to) {
  const int32x4_t first = vpaddq_s32(from->sums[0], from->sums[1]), second = vpaddq_s32(from->sums[2], from->sums[3]);
  vst1q_u32(to, vreinterpretq_u32_s32(vpaddq_s32(first, second)));
}
#define ECG_FOUR_COLUMNS 1
#elif defined(__SSE2__)
#include <emmintrin.h>

// Of each of four columns the sums of even and of odd pairs of products.
typedef struct {
  __m128i sums[2];
} sums_of_four;

INLINE void add_products(sums_of_four *to, const int8_t *weights, uint32_t word) {
  const __m128i w = _mm_loadu_si128((const __m128i *)weights);
  const __m128i low = _mm_srai_epi16(_mm_unpacklo_epi8(w, w), 8), high = _mm_srai_epi16(_mm_unpackhi_epi8(w, w), 8);
  const __m128i a = _mm_unpacklo_epi8(_mm_set1_epi32((int)word), _mm_setzero_si128());
  to->sums[0] = _mm_add_epi32(to->sums[0], _mm_madd_epi16(low, a));
  to->sums[1] = _mm_add_epi32(to->sums[1], _mm_madd_epi16(high, a));
}

INLINE void store_sums(const sums_of_four *from, uint32_t *to) {
  const __m128 first = _mm_castsi128_ps(from->sums[0]), second = _mm_castsi128_ps(from->sums[1]);
  const __m128i even = _mm_castps_si128(_mm_shuffle_ps(first, second, 0x88));
  const __m128i odd = _mm_castps_si128(_mm_shuffle_ps(first, second, 0xDD));
  _mm_storeu_si128((__m128i *)to, _mm_add_epi32(even, odd));
}
#define ECG_FOUR_COLUMNS 1
#else
#define ECG_FOUR_COLUMNS 0
#endif

#if ECG_FOUR_COLUMNS
INLINE void tile_base(
    const ecg_integer_product *p, const int positions, const finishing *f, ptrdiff_t column, ptrdiff_t position) {
  sums_of_four sums[4] = {0};
  const uint8_t *input = p->input + position * p->position_stride;
  const int8_t *weights = p->weights + 4 * column;
  for (ptrdiff_t s = 0; s < p->segments; s++) {
    const uint8_t *row = input + s * p->segment_stride;
    for (ptrdiff_t k = 0; k < p->groups; k++, weights += 4 * p->kernel_columns, row += 4)
#pragma clang loop unroll(full)
      for (int i = 0; i < positions; i++) add_products(&sums[i], weights, load_word(row + i * p->position_stride));
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < positions; i++) {
    uint32_t columns[4];
    store_sums(&sums[i], columns);
    const ecg_range range = f->ranges[(position + i) * f->range_stride];
    for (int c = 0; c < 4; c++) finish(f, range, position + i, column + c, columns[c]);
  }
}
#endif

static void multiply_base(const ecg_integer_product *p) {
  const finishing f = finishing_of(p);
  ptrdiff_t column = 0;
#if ECG_FOUR_COLUMNS
  for (; column + 4 <= p->columns; column += 4) {
    ptrdiff_t i = 0;
    TILES(4, tile_base, &f, column)
    TILES(1, tile_base, &f, column)
  }
#endif
  for (; column < p->columns; column++) multiply_column(p, &f, column);
}
#endif

int ecg_best_integer_level(void) {
#if ECG_HAS_CLONES
  if (__builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("avx512vnni")) return 2;
  if (__builtin_cpu_supports("x86-64-v3")) return 1;
#endif
  return 0;
}

void ecg_multiply_integers_at_level(const ecg_integer_product *product, int level) {
  switch (level) {
#if ECG_HAS_CLONES
  case 2: multiply_vnni(product); break;
  case 1: multiply_avx2(product); break;
#endif
  default: multiply_base(product);
  }
}

void ecg_multiply_integers(const ecg_integer_product *product) {
  ecg_multiply_integers_at_level(product, ecg_best_integer_level());
}
