#include "bits.h"
#include "dispatch.h"
#include "ecg_network_kernels.h"

// Polynomials: minimax fits of the relative error over the stated interval. Everything is branch-free, so that the
// compiler makes vectors of it, and stays within 2 units in the last place (tests compare with double precision).

// exp(x) for -87 <= x <= 88: x = n ln 2 + r, exp(x) = 2^n exp(r), |r| <= ln 2 / 2. Meaningless for other x.
static inline float exponential(float x) {
  // Adding 1.5 · 2^23 rounds to an integer and leaves it in the low bits.
  const float shift = 12582912.0f;
  const float shifted = x * 1.44269504f + shift;
  const float n = shifted - shift;
  // ln 2 in two parts; the first has so few bits that n times it is exact.
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  const float p = 0.49999994f + r * (0.166665211f + r * (0.041668389f + r * (0.00836874545f + r * 0.00138145406f)));
  const float e = 1 + (r + r * r * p);
  return ecg_from_bits(ecg_to_bits(e) + ((ecg_to_bits(shifted) - ecg_to_bits(shift)) << 23));
}

static inline float hyperbolic_tangent(float x) {
  const float magnitude = ecg_from_bits(ecg_to_bits(x) & 0x7FFFFFFF);
  const float square = x * x;
  const float p =
      -0.333333164f + square * (0.13332586f + square * (-0.0538523048f + square * (0.0210716557f + square * -0.00627420424f)));
  const float small = magnitude + magnitude * square * p;
  // From 10 on, tanh is 1 in single precision.
  const float bounded = magnitude < 10 ? magnitude : 10;
  const float large = 1 - 2 / (exponential(2 * bounded) + 1);
  const float result = ecg_from_bits(ecg_to_bits(magnitude < 0.55f ? small : large) | (ecg_to_bits(x) & 0x80000000));
  return x != x ? x : result;
}

// 1 / (1 + exp(-x)), from the exponential that does not overflow.
static inline float sigmoid(float x) {
  const float magnitude = ecg_from_bits(ecg_to_bits(x) & 0x7FFFFFFF);
  const float e = exponential(magnitude < 87 ? -magnitude : -87.0f);
  const float result = (x < 0 ? e : 1.0f) / (1 + e);
  return x != x ? x : result;
}

// exp(x) - 1 for -87 <= x <= 0: 2^n exp(r) - 1 = 2^n (exp(r) - 1) + (2^n - 1), which loses no digits near zero.
static inline float exponential_less_one(float x) {
  const float shift = 12582912.0f;
  const float shifted = x * 1.44269504f + shift;
  const float n = shifted - shift;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  const float p = 0.49999994f + r * (0.166665211f + r * (0.041668389f + r * (0.00836874545f + r * 0.00138145406f)));
  const float power = ecg_from_bits((uint32_t)(127 << 23) + ((ecg_to_bits(shifted) - ecg_to_bits(shift)) << 23));
  return power * (r + r * r * p) + (power - 1);
}

ECG_CLONES
void ecg_relu_values(const float *input, float *output, size_t count) {
  ECG_ELEMENTWISE
  for (size_t i = 0; i < count; i++) output[i] = input[i] < 0 ? 0 : input[i];
}

ECG_CLONES
void ecg_sigmoid_values(const float *input, float *output, size_t count) {
  ECG_ELEMENTWISE
  for (size_t i = 0; i < count; i++) output[i] = sigmoid(input[i]);
}

ECG_CLONES
void ecg_elu_values(const float *input, float *output, size_t count) {
  ECG_ELEMENTWISE
  for (size_t i = 0; i < count; i++) {
    const float x = input[i];
    const float bounded = x > 0 ? 0 : x < -87 ? -87 : x;
    const float below = exponential_less_one(bounded);
    output[i] = x > 0 || x != x ? x : below;
  }
}

ECG_CLONES
void ecg_tanh_values(const float *input, float *output, size_t count) {
  ECG_ELEMENTWISE
  for (size_t i = 0; i < count; i++) output[i] = hyperbolic_tangent(input[i]);
}

void ecg_activate(int32_t activation, const float *input, float *output, size_t count) {
  switch (activation) {
  case ECG_ACTIVATION_RELU: return ecg_relu_values(input, output, count);
  case ECG_ACTIVATION_TANH: return ecg_tanh_values(input, output, count);
  case ECG_ACTIVATION_SIGMOID: return ecg_sigmoid_values(input, output, count);
  case ECG_ACTIVATION_ELU: return ecg_elu_values(input, output, count);
  default: return;
  }
}

// exp(x - largest), 0 where that is below the smallest normal number.
ECG_CLONES
static void exponentials(const float *input, float *output, size_t count, float largest) {
  ECG_ELEMENTWISE
  for (size_t i = 0; i < count; i++) {
    const float x = input[i] - largest;
    const float e = x < -87 ? 0 : exponential(x);
    output[i] = x != x ? x : e;
  }
}

void ecg_softmax_values(const float *input, float *output, size_t count) {
  if (count == 0) return;
  float largest = input[0];
  for (size_t i = 1; i < count; i++) largest = input[i] > largest ? input[i] : largest;
  exponentials(input, output, count, largest);
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += output[i];
  const float scale = (float)(1 / sum);
  for (size_t i = 0; i < count; i++) output[i] *= scale;
}
