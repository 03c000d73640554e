#include "include/ecg_spectral.h"
#include <math.h>
#include "dispatch.h"

enum { lanes = 16, group = 16, most_radices = 16 };

typedef float vector __attribute__((vector_size(64), aligned(64), may_alias));
typedef float unaligned_vector __attribute__((vector_size(64), aligned(4), may_alias));

#define ALWAYS static inline __attribute__((always_inline))

// MARK: Discrete Fourier transform of vectors of channels

// The transform of `radix` values, in place.
ALWAYS void small_transform(size_t radix, vector *re, vector *im) {
  if (radix == 2) {
    vector r = re[0] - re[1], i = im[0] - im[1];
    re[0] += re[1], im[0] += im[1];
    re[1] = r, im[1] = i;
  } else if (radix == 3) {
    const float sine = 0.86602540378443864676f;
    vector sum_r = re[1] + re[2], sum_i = im[1] + im[2];
    vector difference_r = (re[1] - re[2]) * sine, difference_i = (im[1] - im[2]) * sine;
    vector middle_r = re[0] - 0.5f * sum_r, middle_i = im[0] - 0.5f * sum_i;
    re[0] += sum_r, im[0] += sum_i;
    re[1] = middle_r + difference_i, im[1] = middle_i - difference_r;
    re[2] = middle_r - difference_i, im[2] = middle_i + difference_r;
  } else if (radix == 4) {
    vector a_r = re[0] + re[2], a_i = im[0] + im[2], b_r = re[0] - re[2], b_i = im[0] - im[2];
    vector c_r = re[1] + re[3], c_i = im[1] + im[3], d_r = re[1] - re[3], d_i = im[1] - im[3];
    re[0] = a_r + c_r, im[0] = a_i + c_i;
    re[1] = b_r + d_i, im[1] = b_i - d_r;
    re[2] = a_r - c_r, im[2] = a_i - c_i;
    re[3] = b_r - d_i, im[3] = b_i + d_r;
  } else {
    const float cosine1 = 0.30901699437494742410f, cosine2 = -0.80901699437494742410f;
    const float sine1 = 0.95105651629515357212f, sine2 = 0.58778525229247312917f;
    vector a_r = re[1] + re[4], a_i = im[1] + im[4], b_r = re[2] + re[3], b_i = im[2] + im[3];
    vector c_r = re[1] - re[4], c_i = im[1] - im[4], d_r = re[2] - re[3], d_i = im[2] - im[3];
    vector t_r = re[0] + cosine1 * a_r + cosine2 * b_r, t_i = im[0] + cosine1 * a_i + cosine2 * b_i;
    vector u_r = re[0] + cosine2 * a_r + cosine1 * b_r, u_i = im[0] + cosine2 * a_i + cosine1 * b_i;
    vector v_r = sine1 * c_r + sine2 * d_r, v_i = sine1 * c_i + sine2 * d_i;
    vector w_r = sine2 * c_r - sine1 * d_r, w_i = sine2 * c_i - sine1 * d_i;
    re[0] += a_r + b_r, im[0] += a_i + b_i;
    re[1] = t_r + v_i, im[1] = t_i - v_r;
    re[2] = u_r + w_i, im[2] = u_i - w_r;
    re[3] = u_r - w_i, im[3] = u_i + w_r;
    re[4] = t_r - v_i, im[4] = t_i + v_r;
  }
}

// One pass over `length` values in blocks of `block`: decimation in frequency, or, `back`, in time.
ALWAYS void pass(size_t radix, int back, vector *re, vector *im, size_t length, size_t block, const float *roots) {
  size_t apart = block / radix, step = length / block;
  for (size_t j = 0; j < apart; j++) {
    for (size_t start = j; start < length; start += block) {
      vector r[5], i[5];
      for (size_t q = 0; q < radix; q++) r[q] = re[start + q * apart], i[q] = im[start + q * apart];
      if (!back) small_transform(radix, r, i);
      for (size_t q = 1; q < radix; q++) {
        float cosine = roots[2 * (j * q * step)], sine = roots[2 * (j * q * step) + 1];
        vector turned = r[q] * cosine + i[q] * sine;
        i[q] = i[q] * cosine - r[q] * sine;
        r[q] = turned;
      }
      if (back) small_transform(radix, r, i);
      for (size_t q = 0; q < radix; q++) re[start + q * apart] = r[q], im[start + q * apart] = i[q];
    }
  }
}

ALWAYS void any_pass(size_t radix, int back, vector *re, vector *im, size_t length, size_t block, const float *roots) {
  switch (radix) {
  case 2: pass(2, back, re, im, length, block, roots); break;
  case 3: pass(3, back, re, im, length, block, roots); break;
  case 4: pass(4, back, re, im, length, block, roots); break;
  default: pass(5, back, re, im, length, block, roots); break;
  }
}

ALWAYS size_t factors(size_t length, size_t *radices) {
  static const size_t known[] = {4, 5, 3, 2};
  size_t count = 0;
  for (size_t k = 0; k < 4; k++)
    for (; length % known[k] == 0; length /= known[k]) radices[count++] = known[k];
  return count;
}

// Leaves the frequencies in a scrambled order.
ALWAYS void transform(vector *re, vector *im, size_t length, const float *roots) {
  size_t radices[most_radices], count = factors(length, radices), block = length;
  for (size_t k = 0; k < count; k++) {
    any_pass(radices[k], 0, re, im, length, block, roots);
    block /= radices[k];
  }
}

// Takes them in that order; the result is `length` times too large. Exchanging real and imaginary parts turns the
// transform into its inverse.
ALWAYS void transform_back(vector *re, vector *im, size_t length, const float *roots) {
  size_t radices[most_radices], count = factors(length, radices), block = 1;
  for (size_t k = count; k-- > 0;) {
    block *= radices[k];
    any_pass(radices[k], 1, im, re, length, block, roots);
  }
}

size_t ecg_spectral_length(const ecg_spectral_shape *shape) {
  size_t before = shape->in_length + shape->before, after = shape->out_length + shape->taps - 1 - shape->before;
  size_t length = ((before > after ? before : after) + 7) / 8 * 8;
  for (;; length += 8) {
    size_t rest = length;
    while (rest % 2 == 0) rest /= 2;
    while (rest % 3 == 0) rest /= 3;
    while (rest % 5 == 0) rest /= 5;
    if (rest == 1) return length;
  }
}

void ecg_spectral_roots(size_t length, float *roots) {
  for (size_t k = 0; k < length; k++) {
    double angle = 6.283185307179586476925 * (double)k / (double)length;
    roots[2 * k] = (float)cos(angle);
    roots[2 * k + 1] = (float)sin(angle);
  }
}

// MARK: Spectra, [frequency][pair of images, or input channel][real, imaginary][channel]

// The additional line keeps frequencies from falling on the same places of a cache.
size_t ecg_spectral_stride(size_t pairs, size_t channels) { return pairs * 2 * channels + lanes; }

size_t ecg_spectral_scratch(const ecg_spectral_shape *shape, size_t length) {
  return length * (2 * lanes + ecg_spectral_stride(group, shape->out_channels));
}

ECG_CLONES
void ecg_spectral_kernel(const ecg_spectral_shape *shape, size_t length, const float *roots, const float *kernel,
                         int turned, size_t first, size_t last, float *u, float *scratch) {
  size_t in = shape->in_channels, out = shape->out_channels, stride = ecg_spectral_stride(in, out);
  vector *re = (vector *)scratch, *im = re + length;
  float scale = 1.0f / (float)length;
  for (size_t i = first; i < last; i++) {
    for (size_t o = 0; o < out; o += lanes) {
      for (size_t k = 0; k < length; k++) re[k] = im[k] = (vector){0};
      for (size_t tap = 0; tap < shape->taps; tap++) {
        size_t place = (length + shape->before - tap) % length;
        if (turned)
          for (size_t l = 0; l < lanes; l++)
            re[place][l] = kernel[((shape->taps - 1 - tap) * out + o + l) * in + i] * scale;
        else
          re[place] = *(const unaligned_vector *)(kernel + (tap * in + i) * out + o) * scale;
      }
      transform(re, im, length, roots);
      for (size_t k = 0; k < length; k++) {
        *(vector *)(u + k * stride + i * 2 * out + o) = re[k];
        *(vector *)(u + k * stride + i * 2 * out + out + o) = im[k];
      }
    }
  }
}

ECG_CLONES
void ecg_spectral_transform(const ecg_spectral_shape *shape, size_t length, const float *roots, const float *source,
                            size_t images, size_t first, size_t last, float *z, float *scratch) {
  size_t channels = shape->in_channels, count = shape->in_length;
  size_t stride = ecg_spectral_stride((images + 1) / 2, channels), image = channels * count;
  vector *re = (vector *)scratch, *im = re + length;
  for (size_t pair = first; pair < last; pair++) {
    for (size_t c = 0; c < channels; c += lanes) {
      const vector *from = (const vector *)(source + 2 * pair * image + c * count);
      const vector *second = (const vector *)((const float *)from + image);
      int has_second = 2 * pair + 1 < images;
      for (size_t k = 0; k < count; k++) {
        re[k] = from[k];
        im[k] = has_second ? second[k] : (vector){0};
      }
      for (size_t k = count; k < length; k++) re[k] = im[k] = (vector){0};
      transform(re, im, length, roots);
      float *to = z + pair * 2 * channels + c;
      for (size_t k = 0; k < length; k++) {
        *(vector *)(to + k * stride) = re[k];
        *(vector *)(to + k * stride + channels) = im[k];
      }
    }
  }
}

// y[pair][output] = sum over inputs of z[pair][input] u[input][output], complex, for `pairs` × `vectors` accumulators.
ALWAYS void product_tile(const float *z, const float *u, float *y, size_t in, size_t out, size_t pairs,
                         size_t vectors) {
  vector re[8], im[8];
  for (size_t k = 0; k < pairs * vectors; k++) re[k] = im[k] = (vector){0};
  for (size_t c = 0; c < in; c++) {
    vector u_re[2], u_im[2];
    for (size_t j = 0; j < vectors; j++) {
      u_re[j] = *(const vector *)(u + c * 2 * out + j * lanes);
      u_im[j] = *(const vector *)(u + c * 2 * out + out + j * lanes);
    }
    for (size_t p = 0; p < pairs; p++) {
      float z_re = z[p * 2 * in + c], z_im = z[p * 2 * in + in + c];
      for (size_t j = 0; j < vectors; j++) {
        re[p * vectors + j] += u_re[j] * z_re;
        re[p * vectors + j] -= u_im[j] * z_im;
        im[p * vectors + j] += u_im[j] * z_re;
        im[p * vectors + j] += u_re[j] * z_im;
      }
    }
  }
  for (size_t p = 0; p < pairs; p++) {
    for (size_t j = 0; j < vectors; j++) {
      *(vector *)(y + p * 2 * out + j * lanes) = re[p * vectors + j];
      *(vector *)(y + p * 2 * out + out + j * lanes) = im[p * vectors + j];
    }
  }
}

ALWAYS void product(const float *z, const float *u, float *y, size_t in, size_t out, size_t pairs) {
  size_t o = 0;
  for (; o + 2 * lanes <= out; o += 2 * lanes) {
    size_t p = 0;
    for (; p + 4 <= pairs; p += 4) product_tile(z + p * 2 * in, u + o, y + p * 2 * out + o, in, out, 4, 2);
    for (; p < pairs; p++) product_tile(z + p * 2 * in, u + o, y + p * 2 * out + o, in, out, 1, 2);
  }
  for (; o < out; o += lanes) {
    size_t p = 0;
    for (; p + 8 <= pairs; p += 8) product_tile(z + p * 2 * in, u + o, y + p * 2 * out + o, in, out, 8, 1);
    for (; p < pairs; p++) product_tile(z + p * 2 * in, u + o, y + p * 2 * out + o, in, out, 1, 1);
  }
}

ECG_CLONES
void ecg_spectral_convolve(const ecg_spectral_shape *shape, size_t length, const float *roots, const float *z,
                           const float *u, const float *bias, int relu, float *destination, size_t images,
                           size_t first, size_t last, float *scratch) {
  size_t in = shape->in_channels, out = shape->out_channels, count = shape->out_length;
  size_t z_stride = ecg_spectral_stride((images + 1) / 2, in), u_stride = ecg_spectral_stride(in, out);
  size_t y_stride = ecg_spectral_stride(group, out), image = out * count;
  vector *re = (vector *)scratch, *im = re + length;
  float *y = (float *)(im + length);
  for (; first < last; first += group) {
    size_t pairs = last - first < group ? last - first : group;
    for (size_t k = 0; k < length; k++)
      product(z + k * z_stride + first * 2 * in, u + k * u_stride, y + k * y_stride, in, out, pairs);
    for (size_t p = 0; p < pairs; p++) {
      for (size_t o = 0; o < out; o += lanes) {
        const float *from = y + p * 2 * out + o;
        for (size_t k = 0; k < length; k++) {
          re[k] = *(const vector *)(from + k * y_stride);
          im[k] = *(const vector *)(from + k * y_stride + out);
        }
        transform_back(re, im, length, roots);
        vector offset = bias ? *(const unaligned_vector *)(bias + o) : (vector){0};
        for (size_t part = 0; part < 2 && 2 * (first + p) + part < images; part++) {
          const vector *values = part ? im : re;
          vector *to = (vector *)(destination + (2 * (first + p) + part) * image + o * count);
          for (size_t k = 0; k < count; k++) {
            vector value = values[k] + offset;
            if (relu)
              for (size_t l = 0; l < lanes; l++) value[l] = value[l] > 0 ? value[l] : 0;
            to[k] = value;
          }
        }
      }
    }
  }
}

// s[input][output] = sum over pairs of z[pair][input] times the conjugate of g[pair][output], for 4 × `vectors`
// accumulators.
ALWAYS void correlation_tile(const float *z, const float *g, float *s, size_t in, size_t out, size_t pairs,
                             size_t vectors) {
  vector re[8], im[8];
  for (size_t k = 0; k < 4 * vectors; k++) re[k] = im[k] = (vector){0};
  for (size_t p = 0; p < pairs; p++) {
    vector g_re[2], g_im[2];
    for (size_t j = 0; j < vectors; j++) {
      g_re[j] = *(const vector *)(g + p * 2 * out + j * lanes);
      g_im[j] = *(const vector *)(g + p * 2 * out + out + j * lanes);
    }
    for (size_t i = 0; i < 4; i++) {
      float z_re = z[p * 2 * in + i], z_im = z[p * 2 * in + in + i];
      for (size_t j = 0; j < vectors; j++) {
        re[i * vectors + j] += g_re[j] * z_re;
        re[i * vectors + j] += g_im[j] * z_im;
        im[i * vectors + j] += g_re[j] * z_im;
        im[i * vectors + j] -= g_im[j] * z_re;
      }
    }
  }
  for (size_t i = 0; i < 4; i++) {
    for (size_t j = 0; j < vectors; j++) {
      *(vector *)(s + i * 2 * out + j * lanes) = re[i * vectors + j];
      *(vector *)(s + i * 2 * out + out + j * lanes) = im[i * vectors + j];
    }
  }
}

ECG_CLONES
void ecg_spectral_correlate(const ecg_spectral_shape *shape, size_t images, const float *z, const float *g, float *s,
                            size_t first, size_t last) {
  size_t in = shape->in_channels, out = shape->out_channels, pairs = (images + 1) / 2;
  size_t z_stride = ecg_spectral_stride(pairs, in), g_stride = ecg_spectral_stride(pairs, out);
  size_t s_stride = ecg_spectral_stride(in, out);
  for (size_t k = first; k < last; k++) {
    const float *from = z + k * z_stride, *behind = g + k * g_stride;
    float *to = s + k * s_stride;
    for (size_t i = 0; i < in; i += 4) {
      size_t o = 0;
      for (; o + 2 * lanes <= out; o += 2 * lanes)
        correlation_tile(from + i, behind + o, to + i * 2 * out + o, in, out, pairs, 2);
      for (; o < out; o += lanes) correlation_tile(from + i, behind + o, to + i * 2 * out + o, in, out, pairs, 1);
    }
  }
}

ECG_CLONES
void ecg_spectral_kernel_gradient(const ecg_spectral_shape *shape, size_t length, const float *roots, const float *s,
                                  float *gradient, size_t first, size_t last, float *scratch) {
  size_t in = shape->in_channels, out = shape->out_channels, stride = ecg_spectral_stride(in, out);
  vector *re = (vector *)scratch, *im = re + length;
  float scale = 1.0f / (float)length;
  for (size_t i = first; i < last; i++) {
    for (size_t o = 0; o < out; o += lanes) {
      for (size_t k = 0; k < length; k++) {
        re[k] = *(const vector *)(s + k * stride + i * 2 * out + o);
        im[k] = *(const vector *)(s + k * stride + i * 2 * out + out + o);
      }
      transform_back(re, im, length, roots);
      for (size_t tap = 0; tap < shape->taps; tap++)
        *(unaligned_vector *)(gradient + (tap * in + i) * out + o) =
            re[(length + tap - shape->before) % length] * scale;
    }
  }
}

void ecg_spectral_sums(size_t images, size_t channels, const float *z, float *sums) {
  for (size_t c = 0; c < channels; c++) sums[c] = 0;
  for (size_t pair = 0; pair < (images + 1) / 2; pair++, z += 2 * channels)
    for (size_t c = 0; c < channels; c++) sums[c] += z[c] + z[channels + c];
}
