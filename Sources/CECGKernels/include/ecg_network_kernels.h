// Kernels of a network's layers: float32, channels last.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// How a window moves over an image; 1-D layers have height 1. All sizes are positive, paddings are zeros before the
// first value.
typedef struct {
  int32_t input_height, input_width, channels;
  int32_t window_height, window_width, stride_height, stride_width;
  int32_t padding_top, padding_left;
  int32_t output_height, output_width;
} ecg_window;

// The numbers of Layer.Activation.
enum { ECG_ACTIVATION_LINEAR = 0, ECG_ACTIVATION_RELU = 1, ECG_ACTIVATION_TANH = 2, ECG_ACTIVATION_SOFTMAX = 3 };

// Floats of workspace that ecg_convolution needs: the padded rows under one window, not an image.
int64_t ecg_convolution_workspace(const ecg_window *window);

// One sample: input [height][width][channels], kernel [height][width][channels][filters], bias [filters] or NULL,
// output [height][width][filters]. Activation: linear, relu or tanh.
void ecg_convolution(
    const ecg_window *window, int32_t filters, int32_t activation, const float *input, const float *kernel,
    const float *bias, float *output, float *workspace);

// A convolution followed by the largest value under each window of `pooling`, whose input is the convolution's output:
// the same numbers as the two one after the other, without ever holding the convolution's image. The windows lie side
// by side or apart along the height, without padding.
int64_t ecg_convolution_pooled_workspace(const ecg_window *window, const ecg_window *pooling);
void ecg_convolution_pooled(
    const ecg_window *window, const ecg_window *pooling, int32_t activation, const float *input, const float *kernel,
    const float *bias, float *output, float *workspace);

// One sample: the largest value under each window, for each channel. NaN counts as largest.
void ecg_max_pooling(const ecg_window *window, const float *input, float *output);

// input [batch][inputs], kernel [inputs][units], bias [units] or NULL, output [batch][units].
void ecg_dense(
    size_t batch, size_t inputs, size_t units, int32_t activation, const float *input, const float *kernel,
    const float *bias, float *output);

// Elementwise; `output` may be `input`. NaN stays NaN.
void ecg_relu_values(const float *input, float *output, size_t count);
void ecg_tanh_values(const float *input, float *output, size_t count);

// exp(x) / Σ exp(x) over `count` values; `output` may be `input`.
void ecg_softmax_values(const float *input, float *output, size_t count);

// MARK: the inner product that convolutions and dense layers over a batch share

// output[p][c] = start[c] + Σ_s Σ_k input[s][p][k] · weights[s][k][c], for `positions` p, `columns` c,
// `segments` s (the rows of a window) and `depth` k (the values of one row of the window, which are contiguous).
//
// Strides are in floats. Weights are [segments][depth][columns], contiguous.
typedef struct {
  const float *input;
  ptrdiff_t segment_stride;
  ptrdiff_t position_stride;
  const float *weights;
  // Added to every position: a bias, or NULL for zeros. Ignored when `accumulates`.
  const float *start;
  float *output;
  ptrdiff_t output_stride;
  ptrdiff_t segments, positions, depth, columns;
  // Adds to what `output` holds.
  bool accumulates;
  // Replaces negative results by zero.
  bool rectifies;
} ecg_product;

// On the best instruction set of this machine.
void ecg_multiply(const ecg_product *product);

// On a given one: 0 is the one that the library was compiled for, higher numbers are better ones, up to the best that
// this machine has.
int ecg_best_level(void);
void ecg_multiply_at_level(const ecg_product *product, int level);
