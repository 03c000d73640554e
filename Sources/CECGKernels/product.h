// The inner product that convolutions and dense layers over a batch share.
#pragma once
#include <stdbool.h>
#include <stddef.h>

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

void ecg_multiply(const ecg_product *product);
