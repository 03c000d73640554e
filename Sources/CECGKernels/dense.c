#include "dispatch.h"
#include "ecg_network_kernels.h"

// Inputs that a block of the batched product sums before it moves to the next columns: so few that the pages of their
// rows of weights stay within reach, so many that loading and storing the sums costs little.
enum { DEPTH = 32 };

void ecg_multiply_rows(const ecg_product *rows) {
  if (rows->positions == 1) return ecg_multiply(rows);
  ecg_product part = *rows;
  for (ptrdiff_t i = 0; i < rows->depth; i += DEPTH) {
    part.input = rows->input + i;
    part.weights = rows->weights + i * rows->weights_stride;
    part.depth = rows->depth - i < DEPTH ? rows->depth - i : DEPTH;
    part.accumulates = rows->accumulates || i > 0;
    part.rectifies = rows->rectifies && i + part.depth == rows->depth;
    ecg_multiply(&part);
  }
}

void ecg_dense(
    size_t batch, size_t inputs, size_t units, int32_t activation, const float *input, const float *kernel,
    const float *bias, float *output) {
  const ecg_product rows = {
      .input = input,
      .position_stride = (ptrdiff_t)inputs,
      .weights = kernel,
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
  ecg_multiply_rows(&rows);
  if (activation == ECG_ACTIVATION_SOFTMAX) {
    for (size_t sample = 0; sample < batch; sample++)
      ecg_softmax_values(output + sample * units, output + sample * units, units);
  } else if (activation != ECG_ACTIVATION_RELU) {
    ecg_activate(activation, output, output, batch * units);
  }
}
