#include "dispatch.h"
#include "ecg_weights.h"

// Inputs that a block of the batched product sums before it moves to the next columns: so few that the pages of their
// rows of weights stay within reach, so many that loading and storing the sums costs little.
enum { DEPTH = 32 };

void ecg_multiply_rows(const ecg_product *rows) {
  if (rows->positions == 1) return ecg_multiply(rows);
  ecg_product part = *rows;
  for (ptrdiff_t i = 0; i < rows->depth; i += DEPTH) {
    part.input = rows->input + i;
    if (rows->halves)
      part.halves = rows->halves + i * rows->weights_stride;
    else
      part.weights = rows->weights + i * rows->weights_stride;
    part.depth = rows->depth - i < DEPTH ? rows->depth - i : DEPTH;
    part.accumulates = rows->accumulates || i > 0;
    part.rectifies = rows->rectifies && i + part.depth == rows->depth;
    ecg_multiply(&part);
  }
}

static size_t padded(size_t depth) { return (depth + 3) / 4 * 4; }

int64_t ecg_rows_workspace(int32_t storage, size_t depth) {
  return storage == ECG_STORAGE_INT8 ? (int64_t)(padded(depth) / 4) : 0;
}

void ecg_multiply_rows_by(
    const ecg_product *rows, const ecg_weights *weights, ptrdiff_t first, float *workspace) {
  ecg_product product = *rows;
  switch (weights->storage) {
  case ECG_STORAGE_FLOAT16: product.halves = (const uint16_t *)weights->values + first; break;
  case ECG_STORAGE_INT8: break;
  default: product.weights = (const float *)weights->values + first;
  }
  if (weights->storage != ECG_STORAGE_INT8) return ecg_multiply_rows(&product);

  const size_t depth = (size_t)rows->depth, row = padded(depth);
  uint8_t *bytes = (uint8_t *)workspace;
  ecg_range ranges[ECG_ROWS_TOGETHER];
  for (ptrdiff_t i = 0; i < rows->positions; i += ECG_ROWS_TOGETHER) {
    const ptrdiff_t left = rows->positions - i, count = left < ECG_ROWS_TOGETHER ? left : ECG_ROWS_TOGETHER;
    for (ptrdiff_t r = 0; r < count; r++) {
      const float *values = rows->input + (i + r) * rows->position_stride;
      uint8_t *to = bytes + (size_t)r * row;
      ranges[r] = ecg_range_of(values, depth);
      ecg_quantize(values, depth, ranges[r], to);
      for (size_t k = depth; k < row; k++) to[k] = 0;
    }
    const ecg_integer_product part = {
        .input = bytes,
        .position_stride = (ptrdiff_t)row,
        .ranges = ranges,
        .range_stride = 1,
        .weights = (const int8_t *)weights->values + 4 * first,
        .kernel_columns = rows->weights_stride,
        .scales = weights->scales + first,
        .sums = weights->sums + first,
        .start = rows->start,
        .output = rows->output + i * rows->output_stride,
        .output_stride = rows->output_stride,
        .segments = 1,
        .positions = count,
        .groups = (ptrdiff_t)(row / 4),
        .columns = rows->columns,
        .accumulates = rows->accumulates,
        .rectifies = rows->rectifies,
    };
    ecg_multiply_integers(&part);
  }
}

void ecg_dense(
    size_t batch, size_t inputs, size_t units, int32_t activation, const float *input, const ecg_weights *kernel,
    const float *bias, float *output, float *workspace) {
  const ecg_product rows = {
      .input = input,
      .position_stride = (ptrdiff_t)inputs,
      .weights_stride = (ptrdiff_t)units,
      .start = bias,
      .output = output,
      .output_stride = (ptrdiff_t)units,
      .segments = 1,
      .positions = (ptrdiff_t)batch,
      .depth = (ptrdiff_t)inputs,
      .columns = (ptrdiff_t)units,
      .rectifies = activation == ECG_ACTIVATION_RELU,
  };
  ecg_multiply_rows_by(&rows, kernel, 0, workspace);
  if (activation == ECG_ACTIVATION_SOFTMAX) {
    for (size_t sample = 0; sample < batch; sample++)
      ecg_softmax_values(output + sample * units, output + sample * units, units);
  } else if (activation != ECG_ACTIVATION_RELU) {
    ecg_activate(activation, output, output, batch * units);
  }
}
