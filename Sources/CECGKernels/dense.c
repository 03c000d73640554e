#include "dispatch.h"
#include "ecg_network_kernels.h"

// Rows of weights that a pass over the outputs takes together: enough to hide the loads and stores of the sums, few
// enough streams for the hardware to read ahead in each.
enum { ROWS = 16 };

// Inputs that a block of the batched product sums before it moves to the next columns: so few that the pages of their
// rows of weights stay within reach, so many that loading and storing the sums costs little.
enum { DEPTH = 32 };

// output[u] += Σ_r input[r] · kernel[r][u] over `rows` rows, a constant.
static inline __attribute__((always_inline)) void add_rows(
    const int rows, ptrdiff_t units, const float *restrict input, const float *restrict kernel,
    float *restrict output) {
  for (ptrdiff_t u = 0; u < units; u++) {
    float even = 0, odd = 0;
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r += 2) {
      even += input[r] * kernel[r * units + u];
      if (r + 1 < rows) odd += input[r + 1] * kernel[(r + 1) * units + u];
    }
    output[u] += even + odd;
  }
}

// One sample: reads every weight once, in the order of memory, so it runs at the memory's speed.
ECG_CLONES
static void dense_one(
    ptrdiff_t inputs, ptrdiff_t units, const float *restrict input, const float *restrict kernel,
    const float *restrict bias, float *restrict output) {
  for (ptrdiff_t u = 0; u < units; u++) output[u] = bias ? bias[u] : 0;
  ptrdiff_t i = 0;
  for (; i + ROWS <= inputs; i += ROWS) add_rows(ROWS, units, input + i, kernel + i * units, output);
  for (; i < inputs; i++) add_rows(1, units, input + i, kernel + i * units, output);
}

static void dense_batch(
    ptrdiff_t batch, ptrdiff_t inputs, ptrdiff_t units, bool rectifies, const float *input, const float *kernel,
    const float *bias, float *output) {
  for (ptrdiff_t i = 0; i < inputs; i += DEPTH) {
    const ptrdiff_t depth = inputs - i < DEPTH ? inputs - i : DEPTH;
    const ecg_product product = {
        .input = input + i,
        .position_stride = inputs,
        .weights = kernel + i * units,
        .start = bias,
        .output = output,
        .output_stride = units,
        .segments = 1,
        .positions = batch,
        .depth = depth,
        .columns = units,
        .accumulates = i > 0,
        .rectifies = rectifies && i + depth == inputs,
    };
    ecg_multiply(&product);
  }
}

void ecg_dense(
    size_t batch, size_t inputs, size_t units, int32_t activation, const float *input, const float *kernel,
    const float *bias, float *output) {
  const bool rectifies = activation == ECG_ACTIVATION_RELU;
  if (batch == 1) {
    dense_one((ptrdiff_t)inputs, (ptrdiff_t)units, input, kernel, bias, output);
    if (rectifies) ecg_relu_values(output, output, units);
  } else {
    dense_batch((ptrdiff_t)batch, (ptrdiff_t)inputs, (ptrdiff_t)units, rectifies, input, kernel, bias, output);
  }
  if (activation == ECG_ACTIVATION_TANH) ecg_tanh_values(output, output, batch * units);
  if (activation == ECG_ACTIVATION_SOFTMAX)
    for (size_t sample = 0; sample < batch; sample++)
      ecg_softmax_values(output + sample * units, output + sample * units, units);
}
