#include "integer_product.h"

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

// Bytes of one padded row of an image.
static int64_t bytes_of_row(const ecg_window *w) {
  const int64_t reached = span(w->output_width, w->stride_width, w->window_width);
  const int64_t held = (int64_t)w->padding_left + w->input_width;
  return (reached > held ? reached : held) * w->channels;
}

// Rows of the padded image that windows reach.
static ptrdiff_t rows_reached(const ecg_window *w) { return span(w->output_height, w->stride_height, w->window_height); }

int64_t ecg_convolution_workspace(const ecg_window *w, int32_t storage) {
  // The last values are read by groups of four.
  if (storage == ECG_STORAGE_INT8) return (bytes_of_row(w) * rows_reached(w) + 3 + 3) / 4;
  if (!needs_padded_rows(w)) return 0;
  const int32_t rows = w->window_height < w->input_height ? w->window_height : w->input_height;
  return (int64_t)span(w->output_width, w->stride_width, w->window_width) * w->channels * rows;
}

// A convolution on its way down an image.
typedef struct {
  const ecg_window *window;
  ptrdiff_t filters;
  int32_t activation;
  const float *input;
  const ecg_weights *kernel;
  const float *bias;
  // Of a normalised convolution, for each filter; of an int8 kernel together with its scales. Else NULL.
  const float *factors;
  // Of an int8 kernel: the padded image in bytes.
  const uint8_t *bytes;
  ecg_range range;
  // Padded copies of the input rows [first, last), or NULL where windows never reach over a row's ends.
  float *padded;
  ptrdiff_t first, last;
} convolution;

// The rows under the window from row `from` to row `to` of the input, each `length` floats long.
static const float *rows_under(convolution *c, ptrdiff_t from, ptrdiff_t to, ptrdiff_t length) {
  const ptrdiff_t input_row = (ptrdiff_t)c->window->input_width * c->window->channels;
  if (!c->padded) return c->input + from * input_row;
  // Rows still needed move to the front; the new ones join behind them.
  const ptrdiff_t kept = c->last > from ? c->last - from : 0;
  if (from > c->first)
    for (ptrdiff_t i = 0; i < kept * length; i++) c->padded[i] = c->padded[i + (from - c->first) * length];
  for (ptrdiff_t row = from + kept; row < to; row++)
    copy_row(c->window, c->input + row * input_row, c->padded + (row - from) * length, length);
  c->first = from;
  c->last = to;
  return c->padded;
}

// The padded image in bytes, of which every value is quantised once.
static void quantize_image(convolution *c, float *workspace) {
  const ecg_window *w = c->window;
  const ptrdiff_t values = (ptrdiff_t)w->input_width * w->channels, length = (ptrdiff_t)bytes_of_row(w);
  const ptrdiff_t rows = rows_reached(w);
  const ptrdiff_t left = (ptrdiff_t)w->padding_left * w->channels;
  uint8_t *to = (uint8_t *)workspace;
  c->bytes = to;
  c->range = ecg_range_of(c->input, (size_t)(values * w->input_height));
  for (ptrdiff_t row = 0; row < rows; row++, to += length) {
    const ptrdiff_t from = row - w->padding_top;
    const bool is_inside = from >= 0 && from < w->input_height;
    const ptrdiff_t end = is_inside ? left + values : 0;
    for (ptrdiff_t i = 0; i < (is_inside ? left : 0); i++) to[i] = (uint8_t)c->range.zero;
    if (is_inside) ecg_quantize(c->input + from * values, (size_t)values, c->range, to + left);
    for (ptrdiff_t i = end; i < length; i++) to[i] = (uint8_t)c->range.zero;
  }
  for (int i = 0; i < 3; i++) to[i] = 0;
}

// The product for output row `y`, from which `rows` rows together are computed, or pooled.
static ecg_integer_product product_of_bytes(const convolution *c, int32_t y, int32_t rows, float *output) {
  const ecg_window *w = c->window;
  const ptrdiff_t length = (ptrdiff_t)bytes_of_row(w), depth = (ptrdiff_t)w->window_width * w->channels;
  const ptrdiff_t groups = (depth + 3) / 4;
  const ptrdiff_t top = (ptrdiff_t)y * w->stride_height;
  ptrdiff_t first = 0, last = w->window_height;
  if (c->range.zero == 0 && rows == 1) {
    // Rows of zeros add nothing.
    if (first < w->padding_top - top) first = w->padding_top - top;
    if (last > w->input_height + w->padding_top - top) last = w->input_height + w->padding_top - top;
  }
  return (ecg_integer_product){
      .input = c->bytes + (top + first) * length,
      .segment_stride = length,
      .position_stride = (ptrdiff_t)w->stride_width * w->channels,
      .ranges = &c->range,
      .weights = (const int8_t *)c->kernel->values + first * groups * 4 * c->filters,
      .kernel_columns = c->filters,
      .scales = c->factors ? c->factors : c->kernel->scales,
      .sums = c->kernel->sums,
      .start = c->bias,
      .output = output,
      .output_stride = c->filters,
      .segments = last - first,
      .positions = w->output_width,
      .groups = groups,
      .columns = c->filters,
      .rectifies = c->activation == ECG_ACTIVATION_RELU,
  };
}

static void convolve_row_of_bytes(const convolution *c, int32_t y, float *output) {
  const ecg_integer_product product = product_of_bytes(c, y, 1, output);
  ecg_multiply_integers(&product);
}

static void convolve_row_of_floats(convolution *c, int32_t y, float *output);

// Row `y` of the output, without any activation but ReLU; rows must be asked for in ascending order.
static void convolve_row(convolution *c, int32_t y, float *output) {
  if (c->bytes)
    convolve_row_of_bytes(c, y, output);
  else
    convolve_row_of_floats(c, y, output);
}

static void activate_row(const convolution *c, float *output, size_t count) {
  if (c->activation != ECG_ACTIVATION_RELU) ecg_activate(c->activation, output, output, count);
}

static void convolve_row_of_floats(convolution *c, int32_t y, float *output) {
  const ecg_window *w = c->window;
  const ptrdiff_t length =
      (c->padded ? span(w->output_width, w->stride_width, w->window_width) : w->input_width) * (ptrdiff_t)w->channels;
  const ptrdiff_t depth = (ptrdiff_t)w->window_width * w->channels;
  const ptrdiff_t top = (ptrdiff_t)y * w->stride_height - w->padding_top;
  const ptrdiff_t reach = top + w->window_height;
  const ptrdiff_t from = top < 0 ? 0 : top;
  const ptrdiff_t to = reach > w->input_height ? w->input_height : reach;
  ecg_product product = {
      .input = rows_under(c, from, to, length),
      .segment_stride = length,
      .position_stride = (ptrdiff_t)w->stride_width * w->channels,
      .weights_stride = c->filters,
      .weights_segment_stride = depth * c->filters,
      .start = c->bias,
      .factors = c->factors,
      .output = output,
      .output_stride = c->filters,
      .segments = to - from,
      .positions = w->output_width,
      .depth = depth,
      .columns = c->filters,
      .rectifies = c->activation == ECG_ACTIVATION_RELU,
  };
  ptrdiff_t first_weight = (from - top) * depth * c->filters;
  if (w->taps_apart > 1) {
    // Each column of the window is a segment of its own: between two lie weights that never act.
    const ptrdiff_t tap = (ptrdiff_t)w->channels * c->filters;
    first_weight = w->first_tap * tap;
    product.weights_segment_stride = w->taps_apart * tap;
    product.segment_stride = w->channels;
    product.segments = w->window_width;
    product.depth = w->channels;
  }
  if (c->kernel->storage == ECG_STORAGE_FLOAT16)
    product.halves = (const uint16_t *)c->kernel->values + first_weight;
  else
    product.weights = (const float *)c->kernel->values + first_weight;
  ecg_multiply(&product);
}

static convolution begin(
    const ecg_window *window, int32_t filters, int32_t activation, const float *input, const ecg_weights *kernel,
    const float *bias, float *workspace) {
  convolution c = {
      .window = window, .filters = filters, .activation = activation, .input = input, .kernel = kernel, .bias = bias};
  if (kernel->storage == ECG_STORAGE_INT8)
    quantize_image(&c, workspace);
  else if (needs_padded_rows(window))
    c.padded = workspace;
  return c;
}

static void convolve(convolution *c, float *output) {
  const ptrdiff_t row = (ptrdiff_t)c->window->output_width * c->filters;
  for (int32_t y = 0; y < c->window->output_height; y++) {
    convolve_row(c, y, output + y * row);
    activate_row(c, output + y * row, (size_t)row);
  }
}

void ecg_convolution(
    const ecg_window *window, int32_t filters, int32_t activation, const float *input, const ecg_weights *kernel,
    const float *bias, float *output, float *workspace) {
  convolution c = begin(window, filters, activation, input, kernel, bias, workspace);
  convolve(&c, output);
}

int64_t ecg_convolution_normalized_workspace(const ecg_window *window, int32_t filters, int32_t storage) {
  return ecg_convolution_workspace(window, storage) + 2 * (int64_t)filters;
}

void ecg_convolution_normalized(
    const ecg_window *window, int32_t filters, int32_t activation, const float *input, const ecg_weights *kernel,
    const float *bias, const ecg_normalization *normalization, float *output, float *workspace) {
  float *factors = workspace, *offsets = workspace + filters;
  ecg_fold_normalization(normalization, 0, (size_t)filters, factors, offsets);
  for (int32_t f = 0; f < filters; f++) {
    if (bias) offsets[f] += bias[f] * factors[f];
    if (kernel->storage == ECG_STORAGE_INT8) factors[f] *= kernel->scales[f];
  }
  convolution c = begin(window, filters, activation, input, kernel, offsets, offsets + filters);
  c.factors = factors;
  convolve(&c, output);
}

// One row of pooling's output from row `y` of the convolution's on, where the machine's kernel can do it.
static bool pool_row_of_bytes(const convolution *c, const ecg_window *pooling, int32_t y, float *output) {
  ecg_integer_product product = product_of_bytes(c, y, pooling->window_height, output);
  const ecg_pooled_positions windows = {
      .height = pooling->window_height,
      .width = pooling->window_width,
      .row_stride = product.segment_stride * c->window->stride_height,
      .column_stride = product.position_stride,
  };
  product.position_stride *= pooling->stride_width;
  product.positions = pooling->output_width;
  return ecg_multiply_integers_pooled(&product, &windows);
}

int64_t ecg_convolution_pooled_workspace(const ecg_window *window, const ecg_window *pooling, int32_t storage) {
  return ecg_convolution_workspace(window, storage) +
         (int64_t)pooling->window_height * pooling->input_width * pooling->channels;
}

void ecg_convolution_pooled(
    const ecg_window *window, const ecg_window *pooling, int32_t activation, const float *input,
    const ecg_weights *kernel, const float *bias, float *output, float *workspace) {
  const int32_t filters = pooling->channels;
  const ptrdiff_t row = (ptrdiff_t)window->output_width * filters;
  convolution c = begin(
      window, filters, activation, input, kernel, bias, workspace + pooling->window_height * row);
  ecg_window strip = *pooling;
  strip.input_height = strip.window_height;
  strip.output_height = 1;
  const ptrdiff_t pooled_row = (ptrdiff_t)pooling->output_width * filters;
  for (int32_t y = 0; y < pooling->output_height; y++, output += pooled_row) {
    if (!c.bytes || !pool_row_of_bytes(&c, pooling, y * pooling->stride_height, output)) {
      for (int32_t r = 0; r < pooling->window_height; r++)
        convolve_row(&c, y * pooling->stride_height + r, workspace + r * row);
      ecg_max_pooling(&strip, workspace, output);
    }
    // Activations never fall, so that of the largest value is the largest.
    activate_row(&c, output, (size_t)pooled_row);
  }
}
