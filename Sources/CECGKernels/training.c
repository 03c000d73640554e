#include "include/ecg_training.h"
#include "dispatch.h"
#include <math.h>

ECG_CLONES
void ecg_adam_update(float *restrict w, float *restrict m, float *restrict v, const float *restrict gradient, size_t n,
                     float one_minus_beta1, float one_minus_beta2, float rate, float epsilon, float decay, float keep) {
  for (size_t i = 0; i < n; i++) {
    float g = gradient[i] + decay * w[i];
    float mean = m[i] + (g - m[i]) * one_minus_beta1;
    float square = v[i] + (g * g - v[i]) * one_minus_beta2;
    m[i] = mean;
    v[i] = square;
    w[i] = keep * w[i] - rate * mean / (sqrtf(square) + epsilon);
  }
}

ECG_CLONES
void ecg_sgd_update(float *restrict w, float *restrict m, const float *restrict gradient, size_t n, float rate,
                    float momentum, float decay) {
  if (momentum == 0) {
    for (size_t i = 0; i < n; i++) w[i] -= rate * (gradient[i] + decay * w[i]);
    return;
  }
  for (size_t i = 0; i < n; i++) {
    float step = momentum * m[i] - rate * (gradient[i] + decay * w[i]);
    m[i] = step;
    w[i] += step;
  }
}

ECG_CLONES
void ecg_dropout(float *y, const float *x, size_t n, uint32_t key, uint32_t first, uint32_t threshold, float scale) {
  for (size_t i = 0; i < n; i++) {
    // Multiply and shift, until every input bit reaches every output bit.
    uint32_t h = (first + (uint32_t)i) ^ key;
    h ^= h >> 16;
    h *= 0x85ebca6bu;
    h ^= h >> 13;
    h += key;
    h *= 0xc2b2ae35u;
    h ^= h >> 16;
    y[i] = h >= threshold ? x[i] * scale : 0.0f;
  }
}

ECG_CLONES
double ecg_sum_of_squares(const float *x, size_t n) {
  // Eight running sums: a fixed order whatever the width of the vectors.
  double sums[8] = {0};
  size_t i = 0;
  for (; i + 8 <= n; i += 8)
    for (size_t j = 0; j < 8; j++) sums[j] += (double)x[i + j] * (double)x[i + j];
  double sum = 0;
  for (; i < n; i++) sum += (double)x[i] * (double)x[i];
  for (size_t j = 0; j < 8; j++) sum += sums[j];
  return sum;
}

void ecg_unit_normalize_gradient(size_t rows, size_t columns, const float *x, const float *unit,
                                 const float *unit_gradient, float *gradient) {
  for (size_t row = 0; row < rows; row++) {
    double squares = 0, along = 0;
    for (size_t c = 0; c < columns; c++) {
      squares += (double)x[c] * x[c];
      along += (double)unit[c] * unit_gradient[c];
    }
    const double length = sqrt(squares);
    const float factor = (float)(1 / (length < 1e-12 ? 1e-12 : length));
    // Below that length the layer only multiplies.
    const float share = length < 1e-12 ? 0 : (float)along;
    for (size_t c = 0; c < columns; c++) gradient[c] = (unit_gradient[c] - share * unit[c]) * factor;
    x += columns, unit += columns, unit_gradient += columns, gradient += columns;
  }
}
