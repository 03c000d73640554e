#include "dispatch.h"
#include "ecg_network_kernels.h"
#include <math.h>

// Channels whose factors are worked out at once: they stay in the cache while the positions pass.
enum { CHANNELS = 64 };

ECG_CLONES
void ecg_fold_normalization(
    const ecg_normalization *n, size_t first, size_t count, float *restrict factors, float *restrict offsets) {
  for (size_t c = 0; c < count; c++) {
    factors[c] = n->scale[first + c] / sqrtf(n->variance[first + c] + n->epsilon);
    offsets[c] = n->offset[first + c] - n->mean[first + c] * factors[c];
  }
}

ECG_CLONES
void ecg_normalize(
    size_t positions, size_t channels, const ecg_normalization *normalization, const float *input, float *output) {
  float factors[CHANNELS], offsets[CHANNELS];
  for (size_t first = 0; first < channels; first += CHANNELS) {
    const size_t count = channels - first < CHANNELS ? channels - first : CHANNELS;
    ecg_fold_normalization(normalization, first, count, factors, offsets);
    for (size_t position = 0; position < positions; position++) {
      const float *from = input + position * channels + first;
      float *to = output + position * channels + first;
      ECG_ELEMENTWISE
      for (size_t c = 0; c < count; c++) to[c] = from[c] * factors[c] + offsets[c];
    }
  }
}

void ecg_unit_normalize(size_t positions, size_t channels, const float *input, float *output) {
  for (size_t position = 0; position < positions; position++, input += channels, output += channels) {
    double squares = 0;
    for (size_t c = 0; c < channels; c++) squares += (double)input[c] * input[c];
    const double length = sqrt(squares);
    const float factor = (float)(1 / (length < 1e-12 ? 1e-12 : length));
    for (size_t c = 0; c < channels; c++) output[c] = input[c] * factor;
  }
}

ECG_CLONES
void ecg_average(size_t positions, size_t channels, const float *restrict input, float *restrict output) {
  for (size_t c = 0; c < channels; c++) output[c] = 0;
  for (size_t position = 0; position < positions; position++)
    for (size_t c = 0; c < channels; c++) output[c] += input[position * channels + c];
  const float share = 1 / (float)positions;
  for (size_t c = 0; c < channels; c++) output[c] *= share;
}

ECG_CLONES
void ecg_add_values(const float *restrict input, float *restrict output, size_t count) {
  for (size_t i = 0; i < count; i++) output[i] += input[i];
}

ECG_CLONES
void ecg_multiply_values(const float *a, const float *b, float *output, size_t count) {
  ECG_ELEMENTWISE
  for (size_t i = 0; i < count; i++) output[i] = a[i] * b[i];
}

ECG_CLONES
void ecg_copy_rows(size_t rows, size_t columns, const float *restrict input, float *restrict output, size_t stride) {
  for (size_t row = 0; row < rows; row++)
    for (size_t c = 0; c < columns; c++) output[row * stride + c] = input[row * columns + c];
}
