#include "dispatch.h"
#include "ecg_network_kernels.h"
#include <math.h>

void ecg_relu_values(const float *input, float *output, size_t count) {
  for (size_t i = 0; i < count; i++) output[i] = input[i] < 0 ? 0 : input[i];
}

void ecg_tanh_values(const float *input, float *output, size_t count) {
  for (size_t i = 0; i < count; i++) output[i] = tanhf(input[i]);
}

void ecg_softmax_values(const float *input, float *output, size_t count) {
  float largest = -INFINITY;
  for (size_t i = 0; i < count; i++) largest = input[i] > largest ? input[i] : largest;
  float sum = 0;
  for (size_t i = 0; i < count; i++) {
    output[i] = expf(input[i] - largest);
    sum += output[i];
  }
  const float scale = 1 / sum;
  for (size_t i = 0; i < count; i++) output[i] *= scale;
}
