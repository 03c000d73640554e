// Weights as files store them, and products with those that are not float32.
//
// An int8 kernel is symmetric, one scale for each column: w = scale · q, -127 <= q <= 127. It is multiplied by
// activations of 8 bits with one scale for each sample or row (dynamic quantisation), and summed in int32: exactly, in
// whatever order, so that machines differ by no more than the rounding of the floats behind the sum.
#pragma once
#include "ecg_network_kernels.h"

// MARK: activations of 8 bits

// What a byte b stands for: scale · (b - zero). Values without a negative one use all of 0 to 255 (zero 0), others -127
// to 127 (zero 128). A scale of NaN stands for values of which one is not finite.
typedef struct {
  float scale;
  int32_t zero;
} ecg_range;

ecg_range ecg_range_of(const float *values, size_t count);

// Rounds to the nearest, halves to even; the same bytes on every machine.
void ecg_quantize(const float *values, size_t count, ecg_range range, uint8_t *output);

// MARK: the product

// output[p][c] = start[c] + range[p].scale · scales[c] · Σ (input[s][p][k] - range[p].zero) · weights[s][k][c]
//
// Weights lie as [segment][k / 4][column][k % 4], zeros behind the last k. The input may hold anything up to a multiple
// of 4 values behind a segment, but must be readable there. Strides of the input are in bytes.
typedef struct {
  const uint8_t *input;
  ptrdiff_t segment_stride, position_stride;
  const ecg_range *ranges;
  ptrdiff_t range_stride;  // 1, or 0 for one range of all positions
  const int8_t *weights;
  // Columns of the whole kernel, of which `columns` from the one that `weights` begins with are computed.
  ptrdiff_t kernel_columns;
  const float *scales;
  const int32_t *sums;  // of each column's weights, all segments together
  const float *start;   // or NULL for zeros; ignored when `accumulates`
  float *output;
  ptrdiff_t output_stride;
  ptrdiff_t segments, positions, groups, columns;  // groups: four values each
  bool accumulates, rectifies;
} ecg_integer_product;

void ecg_multiply_integers(const ecg_integer_product *product);

// The most groups of all segments together whose sum fits an int32.
enum { ECG_MOST_GROUPS = 16384 };

// On a given instruction set, as ecg_multiply_at_level; the best one has AVX-512 with its neural network instructions.
int ecg_best_integer_level(void);
void ecg_multiply_integers_at_level(const ecg_integer_product *product, int level);

// MARK: rows times a kernel of any kind

// The same as ecg_multiply_rows with a kernel of `weights`, whose columns from `first` on are taken; `product` says
// everything else. `workspace` holds as many rows as there are, ECG_ROWS_TOGETHER at the most, as ecg_rows_workspace says.
void ecg_multiply_rows_by(
    const ecg_product *product, const ecg_weights *weights, ptrdiff_t first, float *workspace);

// Rows whose values are quantised together, and for which weights are read once.
enum { ECG_ROWS_TOGETHER = 16 };

// Floats of workspace for each row of `depth` values.
int64_t ecg_rows_workspace(int32_t storage, size_t depth);
