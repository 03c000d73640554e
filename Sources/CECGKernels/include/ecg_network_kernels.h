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
  // Of a convolution with window_height 1: the kernel holds taps_apart · window_width columns, of which every
  // taps_apart-th acts, from first_tap on. 1 and 0 for all others.
  int32_t taps_apart, first_tap;
} ecg_window;

// The numbers of Layer.Activation.
enum {
  ECG_ACTIVATION_LINEAR = 0,
  ECG_ACTIVATION_RELU = 1,
  ECG_ACTIVATION_TANH = 2,
  ECG_ACTIVATION_SOFTMAX = 3,
  ECG_ACTIVATION_SIGMOID = 4,
  ECG_ACTIVATION_ELU = 5,
};

// The numbers of Layer.Storage.
enum {
  ECG_STORAGE_FLOAT32 = 0,
  ECG_STORAGE_FLOAT16 = 1,
  ECG_STORAGE_INT8 = 2,
};

// A kernel: float32 or float16 row-major, or int8 as ecg_weights.h says, with a scale and the sum of its values for each
// column.
typedef struct {
  const void *values;
  const float *scales;
  const int32_t *sums;
  int32_t storage;
} ecg_weights;

// Floats of workspace that ecg_convolution needs: the padded rows under one window, not an image; of an int8 kernel the
// image in bytes.
int64_t ecg_convolution_workspace(const ecg_window *window, int32_t storage);

// One sample: input [height][width][channels], kernel [height][width][channels][filters], bias [filters] or NULL,
// output [height][width][filters]. Any activation but softmax.
//
// An int8 kernel has a segment for each row of the window; with taps_apart it holds only the columns that act, in one.
void ecg_convolution(
    const ecg_window *window, int32_t filters, int32_t activation, const float *input, const ecg_weights *kernel,
    const float *bias, float *output, float *workspace);

// A convolution followed by the largest value under each window of `pooling`, whose input is the convolution's output:
// the same numbers as the two one after the other, without ever holding the convolution's image. The windows lie side
// by side or apart along the height, without padding.
int64_t ecg_convolution_pooled_workspace(const ecg_window *window, const ecg_window *pooling, int32_t storage);
void ecg_convolution_pooled(
    const ecg_window *window, const ecg_window *pooling, int32_t activation, const float *input,
    const ecg_weights *kernel, const float *bias, float *output, float *workspace);

// What a batch normalisation has for each channel.
typedef struct {
  const float *scale, *offset, *mean, *variance;
  float epsilon;
} ecg_normalization;

// A convolution followed by a batch normalisation and then by the activation: each filter's sums are scaled and moved
// before they are stored. The normalisation is folded into factors in the workspace, weights stay as they are.
int64_t ecg_convolution_normalized_workspace(const ecg_window *window, int32_t filters, int32_t storage);
void ecg_convolution_normalized(
    const ecg_window *window, int32_t filters, int32_t activation, const float *input, const ecg_weights *kernel,
    const float *bias, const ecg_normalization *normalization, float *output, float *workspace);

// One sample: the largest value under each window, for each channel. NaN counts as largest.
void ecg_max_pooling(const ecg_window *window, const float *input, float *output);

// input [batch][inputs], kernel [inputs][units], bias [units] or NULL, output [batch][units]. The workspace is that of
// ecg_rows_workspace.
void ecg_dense(
    size_t batch, size_t inputs, size_t units, int32_t activation, const float *input, const ecg_weights *kernel,
    const float *bias, float *output, float *workspace);

// Elementwise; `output` may be `input`. NaN stays NaN.
void ecg_relu_values(const float *input, float *output, size_t count);
void ecg_tanh_values(const float *input, float *output, size_t count);
void ecg_sigmoid_values(const float *input, float *output, size_t count);
void ecg_elu_values(const float *input, float *output, size_t count);

// Any of these by its number; linear and softmax change nothing.
void ecg_activate(int32_t activation, const float *input, float *output, size_t count);

// exp(x) / Σ exp(x) over `count` values; `output` may be `input`.
void ecg_softmax_values(const float *input, float *output, size_t count);

// The mean of each channel: input [positions][channels], output [channels].
void ecg_average(size_t positions, size_t channels, const float *input, float *output);

// output = (input - mean) / sqrt(variance + epsilon) · scale + offset, each [channels]; `output` may be `input`.
void ecg_normalize(
    size_t positions, size_t channels, const ecg_normalization *normalization, const float *input, float *output);

// The same as input · factor + offset, for `count` channels from `first` on.
void ecg_fold_normalization(
    const ecg_normalization *normalization, size_t first, size_t count, float *factors, float *offsets);

// Each position's values over their Euclidean length, or over 1e-12 where that is less; `output` may be `input`.
void ecg_unit_normalize(size_t positions, size_t channels, const float *input, float *output);

// output += input
void ecg_add_values(const float *input, float *output, size_t count);

// output = a · b; `output` may be one of them.
void ecg_multiply_values(const float *a, const float *b, float *output, size_t count);

// Rows of `columns` values, one behind the other, to rows that begin `stride` values apart.
void ecg_copy_rows(size_t rows, size_t columns, const float *input, float *output, size_t stride);

// MARK: recurrent layers, from a state of zeros

// input [batch][steps][inputs], kernel [inputs][4 units], recurrent kernel [units][4 units], bias [4 units], with the
// gates i, f, c, o; output [batch][steps][units], or [batch][units] of the last step. With one step, recurrent kernel
// and forget gate never act, and are not read.
void ecg_lstm(
    size_t batch, size_t steps, size_t inputs, size_t units, bool sequences, const float *input,
    const ecg_weights *kernel, const ecg_weights *recurrent_kernel, const float *bias, float *output, float *workspace);

// The same with the gates z, r, h and two biases, [2][3 units]: the reset gate acts on the recurrent product.
void ecg_gru(
    size_t batch, size_t steps, size_t inputs, size_t units, bool sequences, const float *input,
    const ecg_weights *kernel, const ecg_weights *recurrent_kernel, const float *bias, float *output, float *workspace);

// Floats of workspace that they need.
int64_t ecg_lstm_workspace(size_t steps, size_t inputs, size_t units, int32_t storage);
int64_t ecg_gru_workspace(size_t steps, size_t inputs, size_t units, int32_t storage);

// MARK: the inner product that convolutions and dense layers over a batch share

// output[p][c] = start[c] + factors[c] · Σ_s Σ_k input[s][p][k] · weights[s][k][c], for `positions` p, `columns` c,
// `segments` s (the rows of a window) and `depth` k (the values of one row of the window, which are contiguous).
//
// Strides are in floats; `weights_stride` is that from one k to the next, `weights_segment_stride` from one s to the next.
typedef struct {
  const float *input;
  ptrdiff_t segment_stride;
  ptrdiff_t position_stride;
  const float *weights;  // NULL when `halves` are the weights
  ptrdiff_t weights_stride, weights_segment_stride;
  // Added to every position: a bias, or NULL for zeros. Ignored when `accumulates`.
  const float *start;
  // What each column's sum is multiplied by, or NULL for ones. NULL when `accumulates`, or when `start` is.
  const float *factors;
  float *output;
  ptrdiff_t output_stride;
  ptrdiff_t segments, positions, depth, columns;
  // Adds to what `output` holds.
  bool accumulates;
  // Replaces negative results by zero.
  bool rectifies;
  // Weights of float16 instead, with the same strides.
  const uint16_t *halves;
  // Of one position, begins with the last rows of weights: a matrix too large for the cache that is read to and fro is
  // still there in part.
  bool is_backward;
} ecg_product;

// On the best instruction set of this machine; a single position in the order of the weights' memory.
void ecg_multiply(const ecg_product *product);

// The same with one segment, for many columns and a long sum: in parts whose weights stay in the cache.
void ecg_multiply_rows(const ecg_product *product);

// On a given one: 0 is the one that the library was compiled for, higher numbers are better ones, up to the best that
// this machine has.
int ecg_best_level(void);
void ecg_multiply_at_level(const ecg_product *product, int level);
