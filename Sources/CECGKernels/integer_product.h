// What only the kernels themselves call.
#pragma once
#include "ecg_weights.h"

// What a window of pooling covers: so many rows and columns of positions, whose inputs begin so many bytes apart.
typedef struct {
  ptrdiff_t height, width;
  ptrdiff_t row_stride, column_stride;
} ecg_pooled_positions;

// ecg_multiply_integers with the largest value under each window instead of one at each position: the first of a window is
// where the product says. The largest sum is found before it becomes a float, so scales must be positive; one range for all
// positions, and nothing accumulated. False on machines whose kernel cannot do it, and nothing is written then.
bool ecg_multiply_integers_pooled(const ecg_integer_product *product, const ecg_pooled_positions *pooling);
