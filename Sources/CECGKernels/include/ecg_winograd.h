// 5×5 convolution with stride 1 by Winograd's minimal filtering: 36 products for 2×2 results instead of 100, in both
// directions of training (Lavin and Gray 2016, arXiv 1509.09308).
//
// Images lie in blocks of 16 channels: [image][channel / 16][row][column][16], 64-byte aligned. Kernels lie as in
// Keras: [row][column][input channel][output channel]. Channel counts are multiples of 16.
#pragma once
#include <stddef.h>

typedef struct {
  size_t in_channels, in_height, in_width;
  size_t out_channels, out_height, out_width;
  size_t before;  // zeros above the first row and left of the first column
} ecg_winograd_shape;

// Whether this processor has the registers that the kernels are written for (AVX-512); elsewhere they work, slowly.
int ecg_winograd_is_fast(void);

// Floats of scratch memory (64-byte aligned) that one thread needs.
size_t ecg_winograd_scratch(const ecg_winograd_shape *shape);

// Transforms a kernel: u has 36 × in × out values. `turned` gives the one that takes gradients back, 36 × out × in.
void ecg_winograd_kernel(const float *kernel, float *u, size_t in, size_t out, int turned);

// destination = source * kernel (+ bias, or NULL) (then relu).
void ecg_winograd_convolve(const ecg_winograd_shape *shape, const float *source, const float *u, const float *bias,
                           int relu, float *destination, size_t images, float *scratch);

// Adds the images' part of the kernel's gradient, transformed, to s (36 × in × out), and that of the bias to `bias`
// (or NULL).
void ecg_winograd_correlate(const ecg_winograd_shape *shape, const float *source, const float *gradient, float *s,
                            float *bias, size_t images, float *scratch);

// Turns the finished sum s into the kernel's gradient.
void ecg_winograd_kernel_gradient(const float *s, float *gradient, size_t in, size_t out);
