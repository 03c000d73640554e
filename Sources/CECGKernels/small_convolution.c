#include "include/ecg_training.h"
#include "dispatch.h"

// Convolutions of a few channels, whose forward pass and source gradient the device line's kernel computes: what is left
// is the gradient of their kernels. It is a sum over places of outer products: of the values under a row of the window,
// which lie side by side, with the gradients of up to 8 filters.

enum { lanes = 8, most_values = 16 };

typedef float vector __attribute__((vector_size(32), aligned(4), may_alias));

#define ALWAYS static inline __attribute__((always_inline))

size_t ecg_small_convolution_workspace(const ecg_window *window) {
  size_t row = (size_t)(window->output_width + window->window_width - 1) * (size_t)window->channels;
  return row + (size_t)window->output_width * lanes;
}

// sums[j] += sum over places of values[place * step + j] times gradients[place].
ALWAYS void outer_products(const float *values, size_t step, const float *gradients, size_t places, vector *sums,
                           size_t count) {
  vector own[most_values];
  for (size_t j = 0; j < count; j++) own[j] = sums[j];
  for (size_t p = 0; p < places; p++) {
    vector gradient = *(const vector *)(gradients + p * lanes);
    for (size_t j = 0; j < count; j++) own[j] += gradient * values[p * step + j];
  }
  for (size_t j = 0; j < count; j++) sums[j] = own[j];
}

ALWAYS void row_products(const float *values, size_t step, const float *gradients, size_t places, vector *sums,
                         size_t count) {
  size_t j = 0;
  for (; j + 16 <= count; j += 16) outer_products(values + j, step, gradients, places, sums + j, 16);
  for (; j + 4 <= count; j += 4) outer_products(values + j, step, gradients, places, sums + j, 4);
  for (; j < count; j++) outer_products(values + j, step, gradients, places, sums + j, 1);
}

ECG_CLONES
void ecg_small_convolution_gradient(const ecg_window *window, size_t filters, const float *input,
                                    const float *gradient, float *sums, float *bias, float *workspace) {
  size_t channels = (size_t)window->channels, width = (size_t)window->output_width;
  size_t depth = (size_t)window->window_width * channels, row = (width + (size_t)window->window_width - 1) * channels;
  size_t left = (size_t)window->padding_left * channels, own = (size_t)window->input_width * channels;
  float *padded = workspace, *packed = workspace + row;
  for (size_t i = 0; i < row; i++) padded[i] = 0;
  if (own > row - left) own = row - left;
  for (int32_t line = 0; line < window->input_height; line++) {
    for (size_t i = 0; i < own; i++) padded[left + i] = input[(size_t)(line * window->input_width) * channels + i];
    for (int32_t y = 0; y < window->window_height; y++) {
      int32_t to = line + window->padding_top - y;
      if (to < 0 || to >= window->output_height) continue;
      const float *behind = gradient + (size_t)to * width * filters;
      if (filters < lanes)
        for (size_t p = 0; p < width; p++)
          for (size_t f = 0; f < lanes; f++) packed[p * lanes + f] = f < filters ? behind[p * filters + f] : 0;
      row_products(padded, channels, filters < lanes ? packed : behind, width,
                   (vector *)sums + (size_t)y * depth, depth);
    }
  }
  if (!bias) return;
  for (size_t p = 0; p < width * (size_t)window->output_height; p++)
    for (size_t f = 0; f < filters; f++) bias[f] += gradient[p * filters + f];
}
