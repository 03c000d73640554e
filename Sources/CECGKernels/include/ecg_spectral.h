// Convolution along one axis by way of its spectrum: the discrete Fourier transform of the signal, times that of the
// kernel, transformed back. What that costs does not depend on the length of the kernel. Trainer only.
//
// Two images become one complex signal, as its real and imaginary part: kernels are real, so the two stay apart.
// Signals lie in blocks of 16 channels: [image][channel / 16][place][16], 64-byte aligned. Kernels lie as in Keras:
// [tap][input channel][output channel]. Channel counts are multiples of 16. Frequencies come in the order in which the
// transform leaves them, which is the same for all spectra; the first is 0.
#pragma once
#include <stddef.h>

typedef struct {
  size_t in_channels, in_length;
  size_t out_channels, out_length;
  size_t taps;
  size_t before;  // zeros before the first place
} ecg_spectral_shape;

// How many frequencies the spectra have: enough that no result runs into another around the circle.
size_t ecg_spectral_length(const ecg_spectral_shape *shape);

// The roots of unity for that length: 2 × length floats.
void ecg_spectral_roots(size_t length, float *roots);

// Floats of one frequency of a spectrum: of `pairs` pairs of images, and of a kernel or its gradient.
size_t ecg_spectral_stride(size_t pairs, size_t channels);

// Floats of scratch memory (64-byte aligned) that one thread needs.
size_t ecg_spectral_scratch(const ecg_spectral_shape *shape, size_t length);

// The spectrum u of a kernel, for its input channels `first` to `last`; `length` times ecg_spectral_stride(in, out)
// floats. `turned` gives the one that takes gradients back, for the shape with inputs and outputs exchanged.
void ecg_spectral_kernel(const ecg_spectral_shape *shape, size_t length, const float *roots, const float *kernel,
                         int turned, size_t first, size_t last, float *u, float *scratch);

// The spectrum z of pairs `first` to `last` of the images, which are as the inputs of `shape`.
void ecg_spectral_transform(const ecg_spectral_shape *shape, size_t length, const float *roots, const float *source,
                            size_t images, size_t first, size_t last, float *z, float *scratch);

// The convolution of pairs `first` to `last`, from their spectrum and the kernel's (+ bias, or NULL) (then relu).
void ecg_spectral_convolve(const ecg_spectral_shape *shape, size_t length, const float *roots, const float *z,
                           const float *u, const float *bias, int relu, float *destination, size_t images,
                           size_t first, size_t last, float *scratch);

// The spectrum s of the kernel's gradient at frequencies `first` to `last`, from those of the images and of the
// gradients behind the convolution; as large as that of the kernel.
void ecg_spectral_correlate(const ecg_spectral_shape *shape, size_t images, const float *z, const float *g, float *s,
                            size_t first, size_t last);

// The kernel's gradient from its spectrum, for the input channels `first` to `last`.
void ecg_spectral_kernel_gradient(const ecg_spectral_shape *shape, size_t length, const float *roots, const float *s,
                                  float *gradient, size_t first, size_t last, float *scratch);

// The sum over all places of all images of each channel, from their spectrum.
void ecg_spectral_sums(size_t images, size_t channels, const float *z, float *sums);
