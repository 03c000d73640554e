// The product for one instruction set and one kind of weights: included by product.c once for each, with ECG_NAME,
// ECG_VECTOR (floats in a register), ECG_POSITIONS (rows of a tile) and ECG_WEIGHT (float, or uint16_t for float16), and
// with ECG_ROWS (rows of weights that one position takes together) and ECG_MANY (bytes of weights from which on it leaves
// out those that zeros multiply).

// Alignment 4: weights lie as the file has them.
typedef float ECG_NAME(vector) __attribute__((vector_size(4 * ECG_VECTOR), aligned(4)));
typedef int32_t ECG_NAME(bits) __attribute__((vector_size(4 * ECG_VECTOR), aligned(4)));

#define ECG_INLINE static inline __attribute__((always_inline))

ECG_INLINE ECG_NAME(vector) ECG_NAME(load)(const float *from) { return *(const ECG_NAME(vector) *)from; }

// The first `count` floats, zeros behind them; reads nothing beyond.
ECG_INLINE ECG_NAME(vector) ECG_NAME(load_part)(const float *from, ptrdiff_t count) {
#if ECG_VECTOR == 16
  return (ECG_NAME(vector))_mm512_maskz_loadu_ps((__mmask16)((1u << count) - 1), from);
#else
  ECG_NAME(vector) result = {0};
  for (int i = 0; i < ECG_VECTOR; i++)
    if (i < count) result[i] = from[i];
  return result;
#endif
}

ECG_INLINE void ECG_NAME(store_part)(float *to, ECG_NAME(vector) value, ptrdiff_t count) {
#if ECG_VECTOR == 16
  _mm512_mask_storeu_ps(to, (__mmask16)((1u << count) - 1), (__m512)value);
#else
  for (int i = 0; i < ECG_VECTOR; i++)
    if (i < count) to[i] = value[i];
#endif
}

// The same of the weights.
ECG_INLINE ECG_NAME(vector) ECG_NAME(load_weights)(const ECG_WEIGHT *from) {
#if !ECG_HALVES
  return ECG_NAME(load)(from);
#elif ECG_VECTOR == 16
  return (ECG_NAME(vector))_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)from));
#elif ECG_VECTOR == 8
  return (ECG_NAME(vector))_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)from));
#else
  ECG_NAME(vector) result;
  for (int i = 0; i < ECG_VECTOR; i++) result[i] = ecg_widen_half(from[i]);
  return result;
#endif
}

ECG_INLINE ECG_NAME(vector) ECG_NAME(load_part_of_weights)(const ECG_WEIGHT *from, ptrdiff_t count) {
#if !ECG_HALVES
  return ECG_NAME(load_part)(from, count);
#elif ECG_VECTOR == 16
  return (ECG_NAME(vector))_mm512_cvtph_ps(_mm256_maskz_loadu_epi16((__mmask16)((1u << count) - 1), from));
#else
  ECG_NAME(vector) result = {0};
  for (int i = 0; i < ECG_VECTOR; i++)
    if (i < count) result[i] = ecg_widen_half(from[i]);
  return result;
#endif
}

// One tile; `positions` and `vectors` are constants, and so is whether `part` (the columns of a last, incomplete
// vector) is zero.
ECG_INLINE void ECG_NAME(tile)(
    const ecg_product *p, const int positions, const int vectors, const ptrdiff_t part, const float *input,
    const ECG_WEIGHT *weights, const float *start, const float *factors, float *output) {
  ECG_NAME(vector) sums[ECG_POSITIONS][2];
#pragma clang loop unroll(full)
  for (int i = 0; i < positions; i++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      const float *from = start + v * ECG_VECTOR;
      // A part of a long sum begins at zero and is added as a whole: rounding then grows with the number of parts.
      if (p->accumulates || !p->start || factors)
        sums[i][v] = (ECG_NAME(vector)){0};
      else
        sums[i][v] = part ? ECG_NAME(load_part)(from, part) : ECG_NAME(load)(from);
    }

  const ptrdiff_t depth = p->depth, weights_stride = p->weights_stride, position_stride = p->position_stride;
  for (ptrdiff_t s = 0; s < p->segments; s++) {
    const float *row = input + s * p->segment_stride;
    const ECG_WEIGHT *at = weights + s * p->weights_segment_stride;
    for (ptrdiff_t k = 0; k < depth; k++, at += weights_stride) {
      ECG_NAME(vector) w[2];
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        // The next columns but one of the same row: no hardware foresees a jump to the next row's start.
        if (vectors == 2) __builtin_prefetch(at + (4 + v) * ECG_VECTOR);
        w[v] = part ? ECG_NAME(load_part_of_weights)(at, part) : ECG_NAME(load_weights)(at + v * ECG_VECTOR);
      }
#pragma clang loop unroll(full)
      for (int i = 0; i < positions; i++)
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) sums[i][v] += row[i * position_stride + k] * w[v];
    }
  }

#pragma clang loop unroll(full)
  for (int i = 0; i < positions; i++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      ECG_NAME(vector) sum = sums[i][v];
      const float *before = output + i * p->output_stride + v * ECG_VECTOR;
      if (p->accumulates) sum += part ? ECG_NAME(load_part)(before, part) : ECG_NAME(load)(before);
      if (factors) {
        const float *offset = start + v * ECG_VECTOR, *factor = factors + v * ECG_VECTOR;
        sum = part ? sum * ECG_NAME(load_part)(factor, part) + ECG_NAME(load_part)(offset, part)
                   : sum * ECG_NAME(load)(factor) + ECG_NAME(load)(offset);
      }
      // Not a maximum: NaN stays NaN.
      if (p->rectifies) sum = (ECG_NAME(vector))((ECG_NAME(bits))sum & ~(sum < 0));
      float *to = output + i * p->output_stride + v * ECG_VECTOR;
      if (part)
        ECG_NAME(store_part)(to, sum, part);
      else
        *(ECG_NAME(vector) *)to = sum;
    }
}

// All positions of one block of columns.
ECG_INLINE void ECG_NAME(columns)(const ecg_product *p, const int vectors, const ptrdiff_t part, ptrdiff_t column) {
#if ECG_HALVES
  const ECG_WEIGHT *weights = p->halves + column;
#else
  const ECG_WEIGHT *weights = p->weights + column;
#endif
  const float *start = p->start + (p->start ? column : 0);
  const float *factors = p->factors ? p->factors + column : NULL;
  ptrdiff_t i = 0;
#define ECG_TILES(n)                                                                                                   \
  for (; i + (n) <= p->positions; i += (n))                                                                            \
    ECG_NAME(tile)(p, n, vectors, part, p->input + i * p->position_stride, weights, start, factors,                    \
                   p->output + i * p->output_stride + column);
  ECG_TILES(ECG_POSITIONS)
#if ECG_POSITIONS > 4
  ECG_TILES(4)
#endif
#if ECG_POSITIONS > 2
  ECG_TILES(2)
#endif
  ECG_TILES(1)
#undef ECG_TILES
}

// Rows of weights and what each is multiplied by.
typedef struct {
  const ECG_WEIGHT *weights[ECG_ROWS];
  float factors[ECG_ROWS];
} ECG_NAME(rows);

// output[c] += Σ_r factors[r] · weights[r][c] over `count` rows; constants as of a tile.
ECG_INLINE void ECG_NAME(add_rows)(
    const ECG_NAME(rows) * rows, const int count, const int vectors, const ptrdiff_t part, ptrdiff_t column,
    float *output) {
  // Even and odd rows apart, so that sums do not wait for each other.
  ECG_NAME(vector) sums[2][2] = {{{0}}};
#pragma clang loop unroll(full)
  for (int r = 0; r < count; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      const ECG_WEIGHT *from = rows->weights[r] + column + v * ECG_VECTOR;
      sums[r % 2][v] +=
          rows->factors[r] * (part ? ECG_NAME(load_part_of_weights)(from, part) : ECG_NAME(load_weights)(from));
    }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    float *to = output + column + v * ECG_VECTOR;
    const ECG_NAME(vector) sum = sums[0][v] + sums[1][v];
    if (part)
      ECG_NAME(store_part)(to, ECG_NAME(load_part)(to, part) + sum, part);
    else
      *(ECG_NAME(vector) *)to += sum;
  }
}

ECG_INLINE void ECG_NAME(add_rows_of_all_columns)(
    const ECG_NAME(rows) * rows, const int count, ptrdiff_t columns, float *output) {
  ptrdiff_t c = 0;
  for (; c + 2 * ECG_VECTOR <= columns; c += 2 * ECG_VECTOR) ECG_NAME(add_rows)(rows, count, 2, 0, c, output);
  for (; c + ECG_VECTOR <= columns; c += ECG_VECTOR) ECG_NAME(add_rows)(rows, count, 1, 0, c, output);
  if (c < columns) ECG_NAME(add_rows)(rows, count, 1, columns - c, c, output);
}

// One position: reads every weight at most once, row after row, so it runs at the memory's speed. Where weights are many, those
// that zeros multiply are not read, and a rectifier leaves many zeros: of a block with some, the other rows wait until there
// are enough of them.
static void ECG_NAME(multiply_one)(const ecg_product *p) {
  float *output = p->output;
  const ptrdiff_t columns = p->columns, depth = p->depth, stride = p->weights_stride, blocks = depth / ECG_ROWS;
  const bool leaves_out_zeros = p->segments * depth * columns * (ptrdiff_t)sizeof(ECG_WEIGHT) >= ECG_MANY;
  if (!p->accumulates)
    for (ptrdiff_t c = 0; c < columns; c++) output[c] = p->start && !p->factors ? p->start[c] : 0;
  ECG_NAME(rows) waiting;
  int count = 0;
  for (ptrdiff_t s = 0; s < p->segments; s++) {
    const float *input = p->input + s * p->segment_stride;
#if ECG_HALVES
    const ECG_WEIGHT *weights = p->halves + s * p->weights_segment_stride;
#else
    const ECG_WEIGHT *weights = p->weights + s * p->weights_segment_stride;
#endif
    for (ptrdiff_t i = 0; i < blocks; i++) {
      const ptrdiff_t first = (p->is_backward ? blocks - 1 - i : i) * ECG_ROWS;
      ECG_NAME(rows) block;
      int zeros = 0;
#pragma clang loop unroll(full)
      for (int r = 0; r < ECG_ROWS; r++) {
        block.weights[r] = weights + (first + r) * stride;
        block.factors[r] = input[first + r];
        zeros += input[first + r] == 0;
      }
      if (zeros == 0 || !leaves_out_zeros) {
        ECG_NAME(add_rows_of_all_columns)(&block, ECG_ROWS, columns, output);
        continue;
      }
      for (ptrdiff_t k = first; k < first + ECG_ROWS; k++) {
        waiting.weights[count] = weights + k * stride;
        waiting.factors[count] = input[k];
        count += input[k] != 0;
        if (count < ECG_ROWS) continue;
        ECG_NAME(add_rows_of_all_columns)(&waiting, ECG_ROWS, columns, output);
        count = 0;
      }
    }
    for (ptrdiff_t k = blocks * ECG_ROWS; k < depth; k++) {
      const ECG_NAME(rows) row = {{weights + k * stride}, {input[k]}};
      if (input[k] != 0) ECG_NAME(add_rows_of_all_columns)(&row, 1, columns, output);
    }
  }
  for (int r = 0; r < count; r++) {
    const ECG_NAME(rows) row = {{waiting.weights[r]}, {waiting.factors[r]}};
    ECG_NAME(add_rows_of_all_columns)(&row, 1, columns, output);
  }
  if (p->factors)
    for (ptrdiff_t c = 0; c < columns; c++) output[c] = output[c] * p->factors[c] + p->start[c];
  if (p->rectifies)
    for (ptrdiff_t c = 0; c < columns; c++) output[c] = output[c] < 0 ? 0 : output[c];
}

static void ECG_NAME(multiply)(const ecg_product *p) {
  if (p->positions == 1) return ECG_NAME(multiply_one)(p);
  ptrdiff_t column = 0;
  for (; column + 2 * ECG_VECTOR <= p->columns; column += 2 * ECG_VECTOR) ECG_NAME(columns)(p, 2, 0, column);
  for (; column + ECG_VECTOR <= p->columns; column += ECG_VECTOR) ECG_NAME(columns)(p, 1, 0, column);
  if (column < p->columns) ECG_NAME(columns)(p, 1, p->columns - column, column);
}
#undef ECG_INLINE
#undef ECG_NAME
#undef ECG_WEIGHT
#undef ECG_HALVES
