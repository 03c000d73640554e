#include "ecg_network_kernels.h"
#include "product.h"

static ptrdiff_t span(int32_t positions, int32_t stride, int32_t window) {
  return (ptrdiff_t)(positions - 1) * stride + window;
}

static bool needs_padded_rows(const ecg_window *w) {
  return w->padding_left > 0 || span(w->output_width, w->stride_width, w->window_width) > w->input_width;
}

// Zeros before and behind a row, as far as windows reach.
static void copy_row(const ecg_window *w, const float *from, float *to, ptrdiff_t length) {
  const ptrdiff_t left = (ptrdiff_t)w->padding_left * w->channels;
  ptrdiff_t middle = (ptrdiff_t)w->input_width * w->channels;
  if (middle > length - left) middle = length - left;
  for (ptrdiff_t i = 0; i < left; i++) to[i] = 0;
  for (ptrdiff_t i = 0; i < middle; i++) to[left + i] = from[i];
  for (ptrdiff_t i = left + middle; i < length; i++) to[i] = 0;
}

int64_t ecg_convolution_workspace(const ecg_window *w) {
  if (!needs_padded_rows(w)) return 0;
  const int32_t rows = w->window_height < w->input_height ? w->window_height : w->input_height;
  return (int64_t)span(w->output_width, w->stride_width, w->window_width) * w->channels * rows;
}

void ecg_convolution(
    const ecg_window *w, int32_t filters, int32_t activation, const float *input, const float *kernel,
    const float *bias, float *output, float *workspace) {
  const bool padded = needs_padded_rows(w);
  const ptrdiff_t input_row = (ptrdiff_t)w->input_width * w->channels;
  const ptrdiff_t row = padded ? span(w->output_width, w->stride_width, w->window_width) * w->channels : input_row;
  const ptrdiff_t depth = (ptrdiff_t)w->window_width * w->channels;
  // Input rows that the workspace holds: [first, last).
  ptrdiff_t first = 0, last = 0;

  for (int32_t y = 0; y < w->output_height; y++) {
    const ptrdiff_t top = (ptrdiff_t)y * w->stride_height - w->padding_top;
    const ptrdiff_t from = top < 0 ? 0 : top;
    const ptrdiff_t reach = top + w->window_height;
    const ptrdiff_t to = reach > w->input_height ? w->input_height : reach;
    const float *rows = input + from * row;
    if (padded) {
      // Rows still needed move to the front; the new ones join behind them.
      const ptrdiff_t kept = last > from ? last - from : 0;
      if (from > first)
        for (ptrdiff_t i = 0; i < kept * row; i++) workspace[i] = workspace[i + (from - first) * row];
      for (ptrdiff_t r = from + kept; r < to; r++)
        copy_row(w, input + r * input_row, workspace + (r - from) * row, row);
      first = from;
      last = to;
      rows = workspace;
    }
    float *out = output + (ptrdiff_t)y * w->output_width * filters;
    const ecg_product product = {
        .input = rows,
        .segment_stride = row,
        .position_stride = (ptrdiff_t)w->stride_width * w->channels,
        .weights = kernel + (from - top) * depth * filters,
        .start = bias,
        .output = out,
        .output_stride = filters,
        .segments = to > from ? to - from : 0,
        .positions = w->output_width,
        .depth = depth,
        .columns = filters,
        .rectifies = activation == ECG_ACTIVATION_RELU,
    };
    ecg_multiply(&product);
    if (activation == ECG_ACTIVATION_TANH) ecg_tanh_values(out, out, (size_t)w->output_width * (size_t)filters);
  }
}
