// Elementwise kernels of the trainer: parameter updates, dropout, sums. Buffers of one call do not overlap.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "ecg_network_kernels.h"
#include "ecg_records.h"
#include "ecg_spectral.h"
#include "ecg_winograd.h"

// One Adam step on n values (Kingma and Ba 2015, as Keras orders it):
//   g = gradient + decay * w;  m += (g - m) * (1 - beta1);  v += (g * g - v) * (1 - beta2)
//   w = keep * w - rate * m / (sqrt(v) + epsilon)
// `rate` has the bias corrections in it; decay is 2 lambda of an l2 penalty; keep is 1, or 1 less the share that
// decoupled weight decay takes (Loshchilov and Hutter 2019).
void ecg_adam_update(float *w, float *m, float *v, const float *gradient, size_t n, float one_minus_beta1,
                     float one_minus_beta2, float rate, float epsilon, float decay, float keep);

// One step of stochastic gradient descent: m = momentum * m - rate * g; w += m, with g as above. `m` is not read when
// momentum is 0, and may then be NULL.
void ecg_sgd_update(float *w, float *m, const float *gradient, size_t n, float rate, float momentum, float decay);

// y[i] = x[i] * scale where the hash of (key, first + i) is at least threshold, else 0: the same key gives the same
// mask again, so that the backward pass needs no stored one. y may be x.
void ecg_dropout(float *y, const float *x, size_t n, uint32_t key, uint32_t first, uint32_t threshold, float scale);

double ecg_sum_of_squares(const float *x, size_t n);

// Backward through ecg_unit_normalize: from the gradient of unit = x / |x| to that of x, row by row; the result may be
// `unit_gradient`.
void ecg_unit_normalize_gradient(size_t rows, size_t columns, const float *x, const float *unit,
                                 const float *unit_gradient, float *gradient);

// MARK: convolutions of a few channels with stride 1, channels last

// Adds one sample's part of the gradient of a kernel of up to 8 filters to sums, [window row][window column][channel][8],
// and that of the bias to `bias` (or NULL).
void ecg_small_convolution_gradient(const ecg_window *window, size_t filters, const float *input,
                                    const float *gradient, float *sums, float *bias, float *workspace);

// Floats of workspace that it needs.
size_t ecg_small_convolution_workspace(const ecg_window *window);

// MARK: recurrent layers, one step of one sample; `units` values of each gate, one gate behind the other
//
// Gates are given before their activation and left behind it. Gradients go the other way: from those of the state to
// those of the gates before their activation.

// An LSTM's gates i, c, o where the state before is zero: state = o · squashed, squashed = tanh(i · c).
void ecg_lstm_step(size_t units, float *gates, float *squashed, float *state);
void ecg_lstm_step_gradient(
    size_t units, const float *gates, const float *squashed, const float *state_gradient, float *gates_gradient);

// Gates i, f, c, o; `previous` is the cell before, NULL for zeros. `cell_gradient` is what later steps ask of this
// cell, and becomes what this step asks of the one before.
void ecg_lstm_cell(
    size_t units, float *gates, const float *previous, float *cell, float *squashed, float *state);
void ecg_lstm_cell_gradient(
    size_t units, const float *gates, const float *previous, const float *squashed, const float *state_gradient,
    float *cell_gradient, float *gates_gradient);

// Gates z, r, h: `gates` comes as the inputs' part, `product` is the recurrent part of all three, `candidate` that of h;
// `previous` is the state before, NULL for zeros. `state_gradient` becomes what passes by the gates to that state.
void ecg_gru_cell(size_t units, float *gates, const float *product, const float *previous, float *state);
void ecg_gru_cell_gradient(
    size_t units, const float *gates, const float *candidate, const float *previous, float *state_gradient,
    float *gates_gradient, float *product_gradient);

// Makes the rows of a matrix orthonormal, one after the other (Gram and Schmidt): row i keeps its direction as far as
// the rows before it leave it. There are at most as many rows as columns. One call for rows [first, last) of a block
// makes them orthonormal among themselves, the other takes a finished block out of row `row`.
void ecg_orthonormalize_block(float *matrix, size_t columns, size_t first, size_t last);
void ecg_take_out_block(float *matrix, size_t columns, size_t first, size_t last, size_t row);
