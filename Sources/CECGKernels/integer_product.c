#include "dispatch.h"
#include "integer_product.h"
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

INLINE uint32_t load_word(const void *from) {
  uint32_t word;
  __builtin_memcpy(&word, from, sizeof word);
  return word;
}

// Takes all positions of one block of columns, so many at once.
#define TILES(n, tile, ...)                                                                                            \
  for (; i + (n) <= p->positions; i += (n)) tile(p, n, __VA_ARGS__, i);

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

INLINE finishing finishing_of(const ecg_integer_product *p) {
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

typedef uint32_t __attribute__((may_alias)) sum_in_output;

// Makes floats of the sums of whole positions, which lie where the output goes.
INLINE void finish_in_place(const ecg_integer_product *p) {
  const finishing f = finishing_of(p);
  for (ptrdiff_t i = 0; i < p->positions; i++) {
    const ecg_range range = p->ranges[i * p->range_stride];
    const sum_in_output *sums = (const sum_in_output *)(p->output + i * p->output_stride);
    ECG_ELEMENTWISE
    for (ptrdiff_t c = 0; c < p->columns; c++) finish(&f, range, i, c, sums[c]);
  }
}

// Groups of rows of weights that one position takes together: enough to hide the loads and stores of its sums.
enum { STREAMS = 8 };

// sums[c] += Σ_r input[r] · weights[r][c] over `streams` groups r and all columns.
typedef void add_rows(
    const ecg_integer_product *p, int streams, const uint8_t *input, const int8_t *weights, uint32_t *sums);

// One position reads each weight once: in the order in which they lie in memory, and so at the memory's speed. The sums lie
// where the output goes.
INLINE void multiply_one(const ecg_integer_product *p, add_rows *add) {
  sum_in_output *sums = (sum_in_output *)p->output;
  const ptrdiff_t columns = p->columns, stride = 4 * p->kernel_columns;
  for (ptrdiff_t c = 0; c < columns; c++) sums[c] = 0;
  const int8_t *weights = p->weights;
  for (ptrdiff_t s = 0; s < p->segments; s++) {
    const uint8_t *input = p->input + s * p->segment_stride;
    ptrdiff_t left = p->groups;
    for (; left >= STREAMS; left -= STREAMS, input += 4 * STREAMS, weights += STREAMS * stride)
      add(p, STREAMS, input, weights, sums);
    for (; left > 0; left--, input += 4, weights += stride) add(p, 1, input, weights, sums);
  }
  finish_in_place(p);
}

#if ECG_HAS_CLONES
#include <immintrin.h>

// ---- AVX-512 VNNI: four products of bytes for each of 16 columns in one instruction ----

#pragma clang attribute push(__attribute__((target("arch=x86-64-v4,avx512vnni"))), apply_to = function)

// For `vectors` · 16 columns, or `part` of one vector; constants, as `streams`.
INLINE void add_groups_vnni(
    const int streams, const int vectors, const ptrdiff_t part, const uint8_t *input, const int8_t *weights,
    ptrdiff_t stride, uint32_t *sums) {
  __m512i own[2];
  const __mmask16 mask = (__mmask16)((1u << part) - 1);
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) own[v] = _mm512_maskz_loadu_epi32(mask, sums + 16 * v);
#pragma clang loop unroll(full)
  for (int r = 0; r < streams; r++) {
    const __m512i a = _mm512_set1_epi32((int)load_word(input + 4 * r));
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++)
      own[v] = _mm512_dpbusd_epi32(own[v], a, _mm512_maskz_loadu_epi32(mask, weights + r * stride + 64 * v));
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) _mm512_mask_storeu_epi32(sums + 16 * v, mask, own[v]);
}

INLINE void add_all_vnni(
    const ecg_integer_product *p, const int streams, const uint8_t *input, const int8_t *weights, uint32_t *sums) {
  const ptrdiff_t stride = 4 * p->kernel_columns, columns = p->columns;
  ptrdiff_t c = 0;
  for (; c + 32 <= columns; c += 32) add_groups_vnni(streams, 2, 16, input, weights + 4 * c, stride, sums + c);
  for (; c + 16 <= columns; c += 16) add_groups_vnni(streams, 1, 16, input, weights + 4 * c, stride, sums + c);
  if (c < columns) add_groups_vnni(streams, 1, columns - c, input, weights + 4 * c, stride, sums + c);
}

static void add_rows_vnni(
    const ecg_integer_product *p, int streams, const uint8_t *input, const int8_t *weights, uint32_t *sums) {
  if (streams == STREAMS) return add_all_vnni(p, STREAMS, input, weights, sums);
  add_all_vnni(p, 1, input, weights, sums);
}

// sums[position · vectors + v] += the products of `positions` positions, the first of which reads `input`.
INLINE void add_products_vnni(
    const ecg_integer_product *p, const int positions, const int vectors, __mmask16 mask, const uint8_t *input,
    const int8_t *weights, __m512i *sums) {
  const ptrdiff_t stride = 4 * p->kernel_columns, position_stride = p->position_stride;
  for (ptrdiff_t s = 0; s < p->segments; s++) {
    const uint8_t *row = input + s * p->segment_stride;
    for (ptrdiff_t k = 0; k < p->groups; k++, weights += stride, row += 4) {
      __m512i w[2];
      // The next columns of the same row: no hardware foresees a jump to the next row's start.
      if (vectors == 2) __builtin_prefetch(weights + 128), __builtin_prefetch(weights + 192);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) w[v] = _mm512_maskz_loadu_epi32(mask, weights + 64 * v);
#pragma clang loop unroll(full)
      for (int i = 0; i < positions; i++) {
        const __m512i a = _mm512_set1_epi32((int)load_word(row + i * position_stride));
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++)
          sums[i * vectors + v] = _mm512_dpbusd_epi32(sums[i * vectors + v], a, w[v]);
      }
    }
  }
}

// `positions` of one vector or two; these and `pools` are constants. The mask is for one vector only.
INLINE void tile_vnni(
    const ecg_integer_product *p, const bool pools, const ecg_pooled_positions *pooling, const int positions,
    const int vectors, __mmask16 mask, ptrdiff_t column, ptrdiff_t position) {
  __m512i first[2], sums[24];
  const ecg_range *ranges = p->ranges + position * p->range_stride;
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    const __m512i totals = _mm512_maskz_loadu_epi32(mask, p->sums + column + 16 * v);
    first[v] = _mm512_mullo_epi32(totals, _mm512_set1_epi32(-ranges->zero));
#pragma clang loop unroll(full)
    for (int i = 0; i < positions; i++) sums[i * vectors + v] = pools ? _mm512_set1_epi32(INT32_MIN) : first[v];
    if (!pools && p->range_stride != 0)
#pragma clang loop unroll(full)
      for (int i = 1; i < positions; i++)
        sums[i * vectors + v] = _mm512_mullo_epi32(totals, _mm512_set1_epi32(-ranges[i * p->range_stride].zero));
  }
  const uint8_t *input = p->input + position * p->position_stride;
  const int8_t *weights = p->weights + 4 * column;
  if (!pools) add_products_vnni(p, positions, vectors, mask, input, weights, sums);
  for (ptrdiff_t y = 0; pools && y < pooling->height; y++)
    for (ptrdiff_t x = 0; x < pooling->width; x++) {
      __m512i own[24];
#pragma clang loop unroll(full)
      for (int i = 0; i < positions * vectors; i++) own[i] = first[i % vectors];
      add_products_vnni(
          p, positions, vectors, mask, input + y * pooling->row_stride + x * pooling->column_stride, weights, own);
#pragma clang loop unroll(full)
      for (int i = 0; i < positions * vectors; i++) sums[i] = _mm512_max_epi32(sums[i], own[i]);
    }
  static const float zeros[16];
  const __m512 lowest = _mm512_set1_ps(p->rectifies ? 0 : -__builtin_inff());
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    const ptrdiff_t at = column + 16 * v;
    float *to = p->output + position * p->output_stride + at;
    const float *before = p->accumulates ? to : p->start ? p->start + at : zeros;
    const ptrdiff_t step = p->accumulates ? p->output_stride : 0;
    const __m512 scales = _mm512_maskz_loadu_ps(mask, p->scales + at);
    __m512 scale = _mm512_mul_ps(scales, _mm512_set1_ps(ranges->scale));
#pragma clang loop unroll(full)
    for (int i = 0; i < positions; i++, to += p->output_stride, before += step) {
      if (p->range_stride != 0) scale = _mm512_mul_ps(scales, _mm512_set1_ps(ranges[i * p->range_stride].scale));
      const __m512 sum = _mm512_cvtepi32_ps(sums[i * vectors + v]);
      // NaN, as the second of the two, stays NaN.
      const __m512 value = _mm512_max_ps(lowest, _mm512_fmadd_ps(sum, scale, _mm512_maskz_loadu_ps(mask, before)));
      _mm512_mask_storeu_ps(to, mask, value);
    }
  }
}

// All positions of one block of columns, by tiles of 12, 8 and 4. The last one begins so early that it ends with the last
// position: some are then computed twice, unless they are added to.
INLINE void columns_vnni(
    const ecg_integer_product *p, const bool pools, const ecg_pooled_positions *pooling, const int vectors,
    __mmask16 mask, ptrdiff_t column) {
  const ptrdiff_t positions = p->positions;
  for (ptrdiff_t i = 0; i < positions;) {
    const ptrdiff_t left = positions - i, most = p->accumulates ? left : positions;
    ptrdiff_t size = left > 16 || (left > 8 && left <= 12) ? 12 : left > 4 ? 8 : 4;
    while (size > most) size -= 4;
    if (size == 0) size = 1;
    if (i > positions - size) i = positions - size;
    switch (size) {
    case 12: tile_vnni(p, pools, pooling, 12, vectors, mask, column, i); break;
    case 8: tile_vnni(p, pools, pooling, 8, vectors, mask, column, i); break;
    case 4: tile_vnni(p, pools, pooling, 4, vectors, mask, column, i); break;
    default: tile_vnni(p, pools, pooling, 1, vectors, mask, column, i);
    }
    i += size;
  }
}

INLINE void all_columns_vnni(
    const ecg_integer_product *p, const bool pools, const ecg_pooled_positions *pooling) {
  ptrdiff_t column = 0, left = p->columns;
  for (; left >= 32; column += 32, left -= 32) columns_vnni(p, pools, pooling, 2, 0xFFFF, column);
  for (; left > 0; column += 16, left -= 16)
    columns_vnni(p, pools, pooling, 1, (__mmask16)(left < 16 ? (1u << left) - 1 : 0xFFFF), column);
}

// Groups of rows of weights that a pass over the columns takes: so few that the pages in which they lie stay within reach, so
// many that loading and storing the sums costs little.
enum { DEPTH = 32 };

// Adds to the sums, which lie where the output goes; constants as of a tile.
INLINE void add_tile_vnni(
    const ecg_integer_product *p, const int positions, const int vectors, __mmask16 mask, ptrdiff_t column,
    ptrdiff_t position) {
  __m512i sums[24];
  float *to = p->output + position * p->output_stride + column;
#pragma clang loop unroll(full)
  for (int i = 0; i < positions * vectors; i++)
    sums[i] = _mm512_maskz_loadu_epi32(mask, to + i / vectors * p->output_stride + i % vectors * 16);
  add_products_vnni(
      p, positions, vectors, mask, p->input + position * p->position_stride, p->weights + 4 * column, sums);
#pragma clang loop unroll(full)
  for (int i = 0; i < positions * vectors; i++)
    _mm512_mask_storeu_epi32(to + i / vectors * p->output_stride + i % vectors * 16, mask, sums[i]);
}

INLINE void add_columns_vnni(const ecg_integer_product *p, const int vectors, __mmask16 mask, ptrdiff_t column) {
  ptrdiff_t i = 0;
  TILES(8, add_tile_vnni, vectors, mask, column)
  TILES(4, add_tile_vnni, vectors, mask, column)
  TILES(1, add_tile_vnni, vectors, mask, column)
}

// Rows of a dense layer, whose weights are many: one part of the depth after the other.
static void multiply_deep_vnni(const ecg_integer_product *p) {
  for (ptrdiff_t i = 0; i < p->positions; i++) memset(p->output + i * p->output_stride, 0, 4 * (size_t)p->columns);
  ecg_integer_product part = *p;
  for (ptrdiff_t k = 0; k < p->groups; k += DEPTH) {
    part.input = p->input + 4 * k;
    part.weights = p->weights + 4 * k * p->kernel_columns;
    part.groups = p->groups - k < DEPTH ? p->groups - k : DEPTH;
    ptrdiff_t column = 0, left = p->columns;
    for (; left >= 32; column += 32, left -= 32) add_columns_vnni(&part, 2, 0xFFFF, column);
    for (; left > 0; column += 16, left -= 16)
      add_columns_vnni(&part, 1, (__mmask16)(left < 16 ? (1u << left) - 1 : 0xFFFF), column);
  }
  finish_in_place(p);
}

static void multiply_vnni(const ecg_integer_product *p) {
  if (p->positions == 1 && !p->accumulates) return multiply_one(p, add_rows_vnni);
  if (p->range_stride != 0 && p->segments == 1 && p->groups > 2 * DEPTH && !p->accumulates) return multiply_deep_vnni(p);
  all_columns_vnni(p, false, NULL);
}

static void multiply_pooled_vnni(const ecg_integer_product *p, const ecg_pooled_positions *pooling) {
  all_columns_vnni(p, true, pooling);
}
#pragma clang attribute pop

// ---- AVX2: products of 16 bits, two added at once, for eight columns ----

#pragma clang attribute push(__attribute__((target("arch=x86-64-v3"))), apply_to = function)

INLINE __m256i columns_mask(ptrdiff_t part) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)part), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

// Four weights of each of eight columns, as 16 bits.
typedef struct {
  __m256i low, high;
} weights_avx2;

INLINE weights_avx2 widen_avx2(const int8_t *from, const ptrdiff_t part, __m256i mask) {
  const __m256i w =
      part < 8 ? _mm256_maskload_epi32((const int *)from, mask) : _mm256_loadu_si256((const __m256i *)from);
  return (weights_avx2){
      _mm256_cvtepi8_epi16(_mm256_castsi256_si128(w)), _mm256_cvtepi8_epi16(_mm256_extracti128_si256(w, 1))};
}

// Of each column the sums of even and of odd pairs, four columns in a register.
INLINE void add_products_avx2(__m256i sums[2], weights_avx2 w, const uint8_t *input) {
  const __m256i a = _mm256_cvtepu8_epi16(_mm_set1_epi32((int)load_word(input)));
  sums[0] = _mm256_add_epi32(sums[0], _mm256_madd_epi16(w.low, a));
  sums[1] = _mm256_add_epi32(sums[1], _mm256_madd_epi16(w.high, a));
}

INLINE __m256i in_order_avx2(const __m256i sums[2]) {
  // Columns 0 1 4 5 | 2 3 6 7, then in order.
  return _mm256_permute4x64_epi64(_mm256_hadd_epi32(sums[0], sums[1]), 0xD8);
}

INLINE void tile_avx2(
    const ecg_integer_product *p, const int positions, const ptrdiff_t part, ptrdiff_t column, ptrdiff_t position) {
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
      const weights_avx2 w = widen_avx2(weights, part, mask);
#pragma clang loop unroll(full)
      for (int i = 0; i < positions; i++) add_products_avx2(sums[i], w, row + i * position_stride);
    }
  }
  const __m256 scales = _mm256_maskload_ps(p->scales + column, mask);
  const __m256i totals = _mm256_maskload_epi32(p->sums + column, mask);
  const __m256 start = p->start ? _mm256_maskload_ps(p->start + column, mask) : _mm256_setzero_ps();
#pragma clang loop unroll(full)
  for (int i = 0; i < positions; i++) {
    const ecg_range range = p->ranges[(position + i) * p->range_stride];
    const __m256i sum = in_order_avx2(sums[i]);
    const __m256i exact = _mm256_sub_epi32(sum, _mm256_mullo_epi32(totals, _mm256_set1_epi32(range.zero)));
    float *to = p->output + (position + i) * p->output_stride + column;
    const __m256 before = p->accumulates ? _mm256_maskload_ps(to, mask) : start;
    __m256 value =
        _mm256_fmadd_ps(_mm256_cvtepi32_ps(exact), _mm256_mul_ps(scales, _mm256_set1_ps(range.scale)), before);
    if (p->rectifies) value = _mm256_andnot_ps(_mm256_cmp_ps(value, _mm256_setzero_ps(), _CMP_LT_OQ), value);
    _mm256_maskstore_ps(to, mask, value);
  }
}

// For eight columns, or `part` of them; a constant, as `streams`.
INLINE void add_groups_avx2(
    const int streams, const ptrdiff_t part, const uint8_t *input, const int8_t *weights, ptrdiff_t stride,
    uint32_t *sums) {
  __m256i pairs[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
  const __m256i mask = columns_mask(part);
#pragma clang loop unroll(full)
  for (int r = 0; r < streams; r++) add_products_avx2(pairs, widen_avx2(weights + r * stride, part, mask), input + 4 * r);
  const __m256i before = _mm256_maskload_epi32((const int *)sums, mask);
  _mm256_maskstore_epi32((int *)sums, mask, _mm256_add_epi32(before, in_order_avx2(pairs)));
}

INLINE void add_all_avx2(
    const ecg_integer_product *p, const int streams, const uint8_t *input, const int8_t *weights, uint32_t *sums) {
  const ptrdiff_t stride = 4 * p->kernel_columns, columns = p->columns;
  ptrdiff_t c = 0;
  for (; c + 8 <= columns; c += 8) add_groups_avx2(streams, 8, input, weights + 4 * c, stride, sums + c);
  if (c < columns) add_groups_avx2(streams, columns - c, input, weights + 4 * c, stride, sums + c);
}

static void add_rows_avx2(
    const ecg_integer_product *p, int streams, const uint8_t *input, const int8_t *weights, uint32_t *sums) {
  if (streams == STREAMS) return add_all_avx2(p, STREAMS, input, weights, sums);
  add_all_avx2(p, 1, input, weights, sums);
}

static void multiply_avx2(const ecg_integer_product *p) {
  if (p->positions == 1 && !p->accumulates) return multiply_one(p, add_rows_avx2);
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

INLINE uint32_t product_of_four(const uint8_t *input, const int8_t *weights) {
  return (uint32_t)(input[0] * weights[0] + input[1] * weights[1] + input[2] * weights[2] + input[3] * weights[3]);
}

// One column, one value after the other.
static void multiply_column(const ecg_integer_product *p, const finishing *f, ptrdiff_t column) {
  for (ptrdiff_t position = 0; position < p->positions; position++) {
    uint32_t sum = 0;
    const int8_t *weights = p->weights + 4 * column;
    for (ptrdiff_t s = 0; s < p->segments; s++) {
      const uint8_t *row = p->input + position * p->position_stride + s * p->segment_stride;
      for (ptrdiff_t k = 0; k < p->groups; k++, row += 4, weights += 4 * p->kernel_columns)
        sum += product_of_four(row, weights);
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

// For four columns; `streams` is a constant.
INLINE void add_groups_base(
    const int streams, const uint8_t *input, const int8_t *weights, ptrdiff_t stride, uint32_t *sums) {
  sums_of_four pairs = {0};
#pragma clang loop unroll(full)
  for (int r = 0; r < streams; r++) add_products(&pairs, weights + r * stride, load_word(input + 4 * r));
  uint32_t own[4];
  store_sums(&pairs, own);
  for (int c = 0; c < 4; c++) sums[c] += own[c];
}

static void add_rows_base(
    const ecg_integer_product *p, int streams, const uint8_t *input, const int8_t *weights, uint32_t *sums) {
  const ptrdiff_t stride = 4 * p->kernel_columns, columns = p->columns;
  ptrdiff_t c = 0;
  if (streams == STREAMS)
    for (; c + 4 <= columns; c += 4) add_groups_base(STREAMS, input, weights + 4 * c, stride, sums + c);
  for (; c + 4 <= columns; c += 4) add_groups_base(1, input, weights + 4 * c, stride, sums + c);
  for (; c < columns; c++)
    for (int r = 0; r < streams; r++) sums[c] += product_of_four(input + 4 * r, weights + r * stride + 4 * c);
}
#endif

static void multiply_base(const ecg_integer_product *p) {
  const finishing f = finishing_of(p);
  ptrdiff_t column = 0;
#if ECG_FOUR_COLUMNS
  if (p->positions == 1 && !p->accumulates) return multiply_one(p, add_rows_base);
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

bool ecg_multiply_integers_pooled(const ecg_integer_product *product, const ecg_pooled_positions *pooling) {
#if ECG_HAS_CLONES
  if (ecg_best_integer_level() < 2) return false;
  multiply_pooled_vnni(product, pooling);
  return true;
#else
  (void)product, (void)pooling;
  return false;
#endif
}

void ecg_multiply_integers(const ecg_integer_product *product) {
  ecg_multiply_integers_at_level(product, ecg_best_integer_level());
}
