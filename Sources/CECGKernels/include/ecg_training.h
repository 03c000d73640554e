// Elementwise kernels of the trainer: parameter updates, dropout, sums. Buffers of one call do not overlap.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "ecg_records.h"
#include "ecg_winograd.h"

// One Adam step on n values (Kingma and Ba 2015, as Keras orders it):
//   g = gradient + decay * w;  m += (g - m) * (1 - beta1);  v += (g * g - v) * (1 - beta2)
//   w -= rate * m / (sqrt(v) + epsilon)
// `rate` has the bias corrections in it; decay is 2 lambda of an l2 penalty.
void ecg_adam_update(float *w, float *m, float *v, const float *gradient, size_t n, float one_minus_beta1,
                     float one_minus_beta2, float rate, float epsilon, float decay);

// One step of stochastic gradient descent: m = momentum * m - rate * g; w += m, with g as above. `m` is not read when
// momentum is 0, and may then be NULL.
void ecg_sgd_update(float *w, float *m, const float *gradient, size_t n, float rate, float momentum, float decay);

// y[i] = x[i] * scale where the hash of (key, first + i) is at least threshold, else 0: the same key gives the same
// mask again, so that the backward pass needs no stored one. y may be x.
void ecg_dropout(float *y, const float *x, size_t n, uint32_t key, uint32_t first, uint32_t threshold, float scale);

double ecg_sum_of_squares(const float *x, size_t n);
