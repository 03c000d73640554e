#include "dispatch.h"
#include "ecg_weights.h"

// Samples that go through the steps side by side, or steps of one sample whose inputs are multiplied at once: each
// weight that is read then serves so many.
enum { ROWS = 16 };

// A recurrent layer's products on some samples, `together` steps of each at a time.
typedef struct {
  ptrdiff_t samples, together, steps, inputs, units, columns;
  const float *input;
  const ecg_weights *kernel, *recurrent_kernel;
  const float *input_bias, *recurrent_bias;
  float *from_input;       // [samples][together][columns]
  float *from_recurrence;  // [samples][columns], or NULL: added to the others
  float *workspace;        // of the products
} recurrence;

static ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

// The input's part of all gates for the steps from `first` on.
static void multiply_inputs(const recurrence *r, ptrdiff_t first) {
  const ptrdiff_t count = smaller(r->together, r->steps - first);
  ecg_product product = {
      .weights_stride = r->columns,
      .start = r->input_bias,
      .output_stride = r->columns,
      .segments = 1,
      .depth = r->inputs,
      .columns = r->columns,
  };
  if (r->together == 1) {
    product.input = r->input + first * r->inputs;
    product.position_stride = r->steps * r->inputs;
    product.output = r->from_input;
    product.positions = r->samples;
    ecg_multiply_rows_by(&product, r->kernel, 0, r->workspace);
    return;
  }
  for (ptrdiff_t sample = 0; sample < r->samples; sample++) {
    product.input = r->input + (sample * r->steps + first) * r->inputs;
    product.position_stride = r->inputs;
    product.output = r->from_input + sample * r->together * r->columns;
    product.positions = count;
    ecg_multiply_rows_by(&product, r->kernel, 0, r->workspace);
  }
}

// The state's part, for step `step`, the `step % together`-th of those whose inputs were multiplied.
static void multiply_state(const recurrence *r, ptrdiff_t step, const float *state, ptrdiff_t state_stride) {
  const bool adds = !r->from_recurrence;
  const ecg_product product = {
      .input = state,
      .position_stride = state_stride,
      .weights_stride = r->columns,
      .start = r->recurrent_bias,
      .output = adds ? r->from_input + step % r->together * r->columns : r->from_recurrence,
      .output_stride = adds ? r->together * r->columns : r->columns,
      .segments = 1,
      .positions = r->samples,
      .depth = r->units,
      .columns = r->columns,
      .accumulates = adds,
      .is_backward = step % 2 == 1,
  };
  ecg_multiply_rows_by(&product, r->recurrent_kernel, 0, r->workspace);
}

// MARK: LSTM

// gates [i, f, c, o], each activated in place; cell and output follow.
ECG_CLONES
static void lstm_cell(
    size_t units, float *restrict gates, float *restrict cell, const float *restrict squashed, float *restrict output,
    int stage) {
  const float *in = gates, *forget = gates + units, *candidate = gates + 2 * units, *out = gates + 3 * units;
  if (stage == 0)
    for (size_t u = 0; u < units; u++) cell[u] = forget[u] * cell[u] + in[u] * candidate[u];
  else
    for (size_t u = 0; u < units; u++) output[u] = out[u] * squashed[u];
}

// One step alone: what the forget gate would keep is zero.
static void lstm_single_step(
    ptrdiff_t samples, ptrdiff_t inputs, ptrdiff_t units, const float *input, const ecg_weights *kernel,
    const float *bias, float *output, float *gates, float *workspace) {
  ecg_product product = {
      .input = input,
      .position_stride = inputs,
      .weights_stride = 4 * units,
      .start = bias,
      .output = gates,
      .output_stride = 3 * units,
      .segments = 1,
      .positions = samples,
      .depth = inputs,
      .columns = units,
  };
  ecg_multiply_rows_by(&product, kernel, 0, workspace);
  product.start = bias + 2 * units;
  product.output = gates + units;
  product.columns = 2 * units;
  ecg_multiply_rows_by(&product, kernel, 2 * units, workspace);
  for (ptrdiff_t sample = 0; sample < samples; sample++) {
    float *in = gates + sample * 3 * units, *candidate = in + units, *out = in + 2 * units;
    float *result = output + sample * units;
    ecg_sigmoid_values(in, in, (size_t)units);
    ecg_tanh_values(candidate, candidate, (size_t)units);
    ecg_sigmoid_values(out, out, (size_t)units);
    ecg_multiply_values(in, candidate, result, (size_t)units);
    ecg_tanh_values(result, result, (size_t)units);
    ecg_multiply_values(out, result, result, (size_t)units);
  }
}

// Behind the floats that the steps need lies what the products need.
static int64_t products_workspace(size_t inputs, size_t units, int32_t storage) {
  return ECG_ROWS_TOGETHER * ecg_rows_workspace(storage, inputs > units ? inputs : units);
}

static int64_t lstm_floats(size_t steps, size_t units) {
  return (int64_t)ROWS * (int64_t)units * (steps == 1 ? 3 : 4 + 3);
}

int64_t ecg_lstm_workspace(size_t steps, size_t inputs, size_t units, int32_t storage) {
  return lstm_floats(steps, units) + products_workspace(inputs, units, storage);
}

void ecg_lstm(
    size_t batch, size_t steps, size_t inputs, size_t units, bool sequences, const float *input,
    const ecg_weights *kernel, const ecg_weights *recurrent_kernel, const float *bias, float *output, float *workspace) {
  const ptrdiff_t n = (ptrdiff_t)units, all = (ptrdiff_t)steps, outputs = sequences ? all * n : n;
  for (ptrdiff_t first = 0; first < (ptrdiff_t)batch; first += ROWS) {
    const ptrdiff_t samples = smaller(ROWS, (ptrdiff_t)batch - first);
    const float *from = input + first * all * (ptrdiff_t)inputs;
    float *to = output + first * outputs;
    if (steps == 1) {
      lstm_single_step(
          samples, (ptrdiff_t)inputs, n, from, kernel, bias, to, workspace, workspace + lstm_floats(steps, units));
      continue;
    }
    float *cells = workspace + ROWS * 4 * n, *states = cells + ROWS * n, *squashed = states + ROWS * n;
    const recurrence r = {samples, ROWS / samples, all, (ptrdiff_t)inputs, n, 4 * n, from, kernel, recurrent_kernel,
                          bias, NULL, workspace, NULL, workspace + lstm_floats(steps, units)};
    for (ptrdiff_t i = 0; i < samples * n; i++) cells[i] = 0;
    for (ptrdiff_t step = 0; step < all; step++) {
      if (step % r.together == 0) multiply_inputs(&r, step);
      if (step > 0) multiply_state(&r, step, states, n);
      for (ptrdiff_t sample = 0; sample < samples; sample++) {
        float *gates = workspace + (sample * r.together + step % r.together) * 4 * n;
        float *cell = cells + sample * n, *state = states + sample * n, *small = squashed + sample * n;
        ecg_sigmoid_values(gates, gates, 2 * units);
        ecg_tanh_values(gates + 2 * n, gates + 2 * n, units);
        ecg_sigmoid_values(gates + 3 * n, gates + 3 * n, units);
        lstm_cell(units, gates, cell, small, state, 0);
        ecg_tanh_values(cell, small, units);
        lstm_cell(units, gates, cell, small, state, 1);
        if (sequences || step == all - 1)
          ecg_copy_rows(1, units, state, to + sample * outputs + (sequences ? step * n : 0), units);
      }
    }
  }
}

// MARK: GRU

// Gates z and r are activated; the candidate becomes tanh(input + r · recurrence) in two calls around that tanh.
ECG_CLONES
static void gru_cell(
    size_t units, float *restrict from_input, const float *restrict from_recurrence, float *restrict state, int stage) {
  float *update = from_input, *reset = from_input + units, *candidate = from_input + 2 * units;
  if (stage == 0)
    for (size_t u = 0; u < 2 * units; u++) from_input[u] += from_recurrence[u];
  else if (stage == 1)
    for (size_t u = 0; u < units; u++) candidate[u] += reset[u] * from_recurrence[2 * units + u];
  else
    for (size_t u = 0; u < units; u++) state[u] = update[u] * state[u] + (1 - update[u]) * candidate[u];
}

static int64_t gru_floats(size_t units) { return (int64_t)ROWS * (int64_t)units * (3 + 3 + 1); }

int64_t ecg_gru_workspace(size_t steps, size_t inputs, size_t units, int32_t storage) {
  (void)steps;
  return gru_floats(units) + products_workspace(inputs, units, storage);
}

void ecg_gru(
    size_t batch, size_t steps, size_t inputs, size_t units, bool sequences, const float *input,
    const ecg_weights *kernel, const ecg_weights *recurrent_kernel, const float *bias, float *output, float *workspace) {
  const ptrdiff_t n = (ptrdiff_t)units, all = (ptrdiff_t)steps, outputs = sequences ? all * n : n;
  float *recurrent = workspace + ROWS * 3 * n, *states = recurrent + ROWS * 3 * n;
  for (ptrdiff_t first = 0; first < (ptrdiff_t)batch; first += ROWS) {
    const ptrdiff_t samples = smaller(ROWS, (ptrdiff_t)batch - first);
    float *to = output + first * outputs;
    const recurrence r = {
        samples, ROWS / samples, all, (ptrdiff_t)inputs, n, 3 * n, input + first * all * (ptrdiff_t)inputs, kernel,
        recurrent_kernel, bias, bias + 3 * n, workspace, recurrent, workspace + gru_floats(units)};
    for (ptrdiff_t i = 0; i < samples * n; i++) states[i] = 0;
    for (ptrdiff_t step = 0; step < all; step++) {
      if (step % r.together == 0) multiply_inputs(&r, step);
      multiply_state(&r, step, states, n);
      for (ptrdiff_t sample = 0; sample < samples; sample++) {
        float *gates = workspace + (sample * r.together + step % r.together) * 3 * n;
        const float *from_recurrence = recurrent + sample * 3 * n;
        float *state = states + sample * n;
        gru_cell(units, gates, from_recurrence, state, 0);
        ecg_sigmoid_values(gates, gates, 2 * units);
        gru_cell(units, gates, from_recurrence, state, 1);
        ecg_tanh_values(gates + 2 * n, gates + 2 * n, units);
        gru_cell(units, gates, from_recurrence, state, 2);
        if (sequences || step == all - 1)
          ecg_copy_rows(1, units, state, to + sample * outputs + (sequences ? step * n : 0), units);
      }
    }
  }
}
