#include "dispatch.h"
#include "ecg_network_kernels.h"
#include "ecg_training.h"
#include <math.h>

ECG_CLONES
static void lstm_step_gradient(
    size_t units, const float *restrict gates, const float *restrict squashed, const float *restrict gradient,
    float *restrict result) {
  const float *in = gates, *candidate = gates + units, *out = gates + 2 * units;
  for (size_t u = 0; u < units; u++) {
    const float i = in[u], c = candidate[u], o = out[u], s = squashed[u];
    const float cell = gradient[u] * o * (1 - s * s);
    result[u] = cell * c * i * (1 - i);
    result[units + u] = cell * i * (1 - c * c);
    result[2 * units + u] = gradient[u] * s * o * (1 - o);
  }
}

void ecg_lstm_step(size_t units, float *gates, float *squashed, float *state) {
  float *in = gates, *candidate = gates + units, *out = gates + 2 * units;
  ecg_sigmoid_values(in, in, units);
  ecg_tanh_values(candidate, candidate, units);
  ecg_sigmoid_values(out, out, units);
  ecg_multiply_values(in, candidate, squashed, units);
  ecg_tanh_values(squashed, squashed, units);
  ecg_multiply_values(out, squashed, state, units);
}

void ecg_lstm_step_gradient(
    size_t units, const float *gates, const float *squashed, const float *state_gradient, float *gates_gradient) {
  lstm_step_gradient(units, gates, squashed, state_gradient, gates_gradient);
}

ECG_CLONES
static void lstm_state(
    size_t units, const float *restrict gates, const float *restrict previous, float *restrict cell) {
  for (size_t u = 0; u < units; u++)
    cell[u] = gates[u] * gates[2 * units + u] + (previous ? gates[units + u] * previous[u] : 0);
}

void ecg_lstm_cell(size_t units, float *gates, const float *previous, float *cell, float *squashed, float *state) {
  ecg_sigmoid_values(gates, gates, 2 * units);
  ecg_tanh_values(gates + 2 * units, gates + 2 * units, units);
  ecg_sigmoid_values(gates + 3 * units, gates + 3 * units, units);
  lstm_state(units, gates, previous, cell);
  ecg_tanh_values(cell, squashed, units);
  ecg_multiply_values(gates + 3 * units, squashed, state, units);
}

ECG_CLONES
void ecg_lstm_cell_gradient(
    size_t units, const float *restrict gates, const float *restrict previous, const float *restrict squashed,
    const float *restrict state_gradient, float *restrict cell_gradient, float *restrict gates_gradient) {
  for (size_t u = 0; u < units; u++) {
    const float i = gates[u], f = gates[units + u], c = gates[2 * units + u], o = gates[3 * units + u];
    const float s = squashed[u], state = state_gradient[u];
    const float cell = cell_gradient[u] + state * o * (1 - s * s);
    gates_gradient[u] = cell * c * i * (1 - i);
    gates_gradient[units + u] = previous ? cell * previous[u] * f * (1 - f) : 0;
    gates_gradient[2 * units + u] = cell * i * (1 - c * c);
    gates_gradient[3 * units + u] = state * s * o * (1 - o);
    cell_gradient[u] = cell * f;
  }
}

// The candidate's gate before its tanh.
ECG_CLONES
static void gru_candidate(size_t units, const float *restrict reset, const float *restrict product, float *restrict h) {
  for (size_t u = 0; u < units; u++) h[u] += reset[u] * product[u];
}

ECG_CLONES
static void gru_state(
    size_t units, const float *restrict gates, const float *restrict previous, float *restrict state) {
  for (size_t u = 0; u < units; u++) {
    const float z = gates[u], h = gates[2 * units + u];
    state[u] = (previous ? z * previous[u] : 0) + (1 - z) * h;
  }
}

void ecg_gru_cell(size_t units, float *gates, const float *product, const float *previous, float *state) {
  ecg_add_values(product, gates, 2 * units);
  ecg_sigmoid_values(gates, gates, 2 * units);
  gru_candidate(units, gates + units, product + 2 * units, gates + 2 * units);
  ecg_tanh_values(gates + 2 * units, gates + 2 * units, units);
  gru_state(units, gates, previous, state);
}

ECG_CLONES
void ecg_gru_cell_gradient(
    size_t units, const float *restrict gates, const float *restrict candidate, const float *restrict previous,
    float *restrict state_gradient, float *restrict gates_gradient, float *restrict product_gradient) {
  for (size_t u = 0; u < units; u++) {
    const float z = gates[u], r = gates[units + u], h = gates[2 * units + u];
    const float state = state_gradient[u], before = previous ? previous[u] : 0;
    const float dz = state * (before - h) * z * (1 - z);
    const float dh = state * (1 - z) * (1 - h * h);
    const float dr = dh * candidate[u] * r * (1 - r);
    gates_gradient[u] = product_gradient[u] = dz;
    gates_gradient[units + u] = product_gradient[units + u] = dr;
    gates_gradient[2 * units + u] = dh;
    product_gradient[2 * units + u] = dh * r;
    state_gradient[u] = state * z;
  }
}

// Sixteen running sums: a fixed order whatever the width of the vectors.
static inline __attribute__((always_inline)) float dot(size_t n, const float *a, const float *b) {
  float sums[16] = {0};
  size_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (size_t j = 0; j < 16; j++) sums[j] += a[i + j] * b[i + j];
  float sum = 0;
  for (; i < n; i++) sum += a[i] * b[i];
  for (size_t j = 0; j < 16; j++) sum += sums[j];
  return sum;
}

ECG_CLONES
static void take_out(size_t n, const float *unit, float *row) {
  const float share = dot(n, unit, row);
  for (size_t i = 0; i < n; i++) row[i] -= share * unit[i];
}

ECG_CLONES
static void make_unit(size_t n, float *row) {
  const float scale = 1 / sqrtf(dot(n, row, row));
  for (size_t i = 0; i < n; i++) row[i] *= scale;
}

void ecg_take_out_block(float *matrix, size_t columns, size_t first, size_t last, size_t row) {
  for (size_t other = first; other < last; other++) take_out(columns, matrix + other * columns, matrix + row * columns);
}

void ecg_orthonormalize_block(float *matrix, size_t columns, size_t first, size_t last) {
  for (size_t row = first; row < last; row++) {
    ecg_take_out_block(matrix, columns, first, row, row);
    make_unit(columns, matrix + row * columns);
  }
}
