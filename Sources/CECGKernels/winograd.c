#include "include/ecg_winograd.h"
#include "dispatch.h"

// The interpolation points 0, 1, −1, 1/2, −2 and ∞ give transforms with small numbers: the results are about as exact
// as those of direct sums (Barabasz et al. 2020, doi 10.1145/3412380).

enum { lanes = 16, points = 36, block = 32 };

typedef float vector __attribute__((vector_size(64), aligned(64), may_alias));
typedef float unaligned_vector __attribute__((vector_size(64), aligned(4), may_alias));

#define ALWAYS static inline __attribute__((always_inline))

// MARK: One-dimensional transforms, on vectors of channels; `step` apart in both arrays

// Six input values.
ALWAYS void transform_input(const vector *d, vector *o, size_t step) {
  vector d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
  vector even = d4 - d2;
  o[0] = d0 + d4 + 1.5f * (d3 - d1) - 2.0f * d2;
  o[step] = d4 + 2.5f * d3 + 0.5f * d2 - d1;
  o[2 * step] = d4 + 0.5f * d3 - 2.5f * d2 + d1;
  o[3 * step] = even + 2.0f * (d3 - d1);
  o[4 * step] = even + 0.5f * (d1 - d3);
  o[5 * step] = d5 + 1.5f * even - 2.0f * d3 + d1;
}

// Two results from six products.
ALWAYS void transform_output(const vector *m, size_t from, vector *y, size_t to) {
  vector m1 = m[from], m2 = m[2 * from], m3 = m[3 * from], m4 = m[4 * from];
  y[0] = m[0] + m1 + m2 + m3 + m4;
  y[to] = m1 - m2 + 0.5f * m3 - 2.0f * m4 + m[5 * from];
}

// Two gradients of results, taken as a filter.
ALWAYS void transform_gradient(const vector *g, size_t from, vector *q, size_t to) {
  vector g0 = g[0], g1 = g[from];
  q[0] = g0;
  q[to] = (g0 + g1) * (1.0f / 3);
  q[2 * to] = (g1 - g0) * (1.0f / 3);
  q[3 * to] = (g0 + 0.5f * g1) * (-1 / 0.9375f);
  q[4 * to] = (g0 - 2.0f * g1) * (1.0f / 15);
  q[5 * to] = g1;
}

static const float filter_transform[6][5] = {
    {1, 0, 0, 0, 0},
    {1.0f / 3, 1.0f / 3, 1.0f / 3, 1.0f / 3, 1.0f / 3},
    {-1.0f / 3, 1.0f / 3, -1.0f / 3, 1.0f / 3, -1.0f / 3},
    {-1 / 0.9375f, -0.5f / 0.9375f, -0.25f / 0.9375f, -0.125f / 0.9375f, -0.0625f / 0.9375f},
    {1.0f / 15, -2.0f / 15, 4.0f / 15, -8.0f / 15, 16.0f / 15},
    {0, 0, 0, 0, 1},
};

static const float filter_gradient_transform[5][6] = {
    {1, 1, 1, 1, 1, 0},           {0, 1, -1, 0.5f, -2, 0},   {0, 1, 1, 0.25f, 4, 0},
    {0, 1, -1, 0.125f, -8, 0},    {0, 1, 1, 0.0625f, 16, 1},
};

// MARK: Tiles

typedef struct {
  size_t row, column;  // of the tile's first result
} place;

ALWAYS place tile_place(const ecg_winograd_shape *shape, size_t tile) {
  size_t columns = (shape->out_width + 1) / 2;
  return (place){tile / columns * 2, tile % columns * 2};
}

// The 6×6 values that a tile reads, zeros outside the image, transformed into v[point][tile][channel].
ALWAYS void take_input(const ecg_winograd_shape *shape, const float *image, size_t channels, size_t height,
                       size_t width, size_t before, size_t first, size_t tiles, float *v) {
  for (size_t t = 0; t < tiles; t++) {
    place at = tile_place(shape, first + t);
    for (size_t c = 0; c < channels; c += lanes) {
      const float *plane = image + c * height * width;
      vector d[points], o[points];
      for (size_t y = 0; y < 6; y++) {
        size_t row = at.row + y - before;  // wraps around when it is above the image
        for (size_t x = 0; x < 6; x++) {
          size_t column = at.column + x - before;
          d[y * 6 + x] = row < height && column < width ? *(const vector *)(plane + (row * width + column) * lanes)
                                                        : (vector){0};
        }
      }
      for (size_t x = 0; x < 6; x++) transform_input(d + x, o + x, 6);
      for (size_t y = 0; y < 6; y++) transform_input(o + y * 6, d + y * 6, 1);
      for (size_t p = 0; p < points; p++) *(vector *)(v + (p * block + t) * channels + c) = d[p];
    }
  }
}

// MARK: Products

// m[tile][output] = sum over inputs of v[tile][input] u[input][output], for `tiles` × `vectors` accumulators.
ALWAYS void product_tile(const float *v, const float *u, float *m, size_t in, size_t out, size_t tiles,
                         size_t vectors) {
  vector sum[16];
  for (size_t i = 0; i < tiles * vectors; i++) sum[i] = (vector){0};
  for (size_t c = 0; c < in; c++) {
    for (size_t j = 0; j < vectors; j++) {
      vector weight = *(const vector *)(u + c * out + j * lanes);
      for (size_t t = 0; t < tiles; t++) sum[t * vectors + j] += weight * v[t * in + c];
    }
  }
  for (size_t t = 0; t < tiles; t++)
    for (size_t j = 0; j < vectors; j++) *(vector *)(m + t * out + j * lanes) = sum[t * vectors + j];
}

ALWAYS void product(const float *v, const float *u, float *m, size_t in, size_t out, size_t tiles) {
  size_t o = 0;
  for (; o + 4 * lanes <= out; o += 4 * lanes) {
    size_t t = 0;
    for (; t + 4 <= tiles; t += 4) product_tile(v + t * in, u + o, m + t * out + o, in, out, 4, 4);
    for (; t < tiles; t++) product_tile(v + t * in, u + o, m + t * out + o, in, out, 1, 4);
  }
  for (; o + 2 * lanes <= out; o += 2 * lanes) {
    size_t t = 0;
    for (; t + 8 <= tiles; t += 8) product_tile(v + t * in, u + o, m + t * out + o, in, out, 8, 2);
    for (; t < tiles; t++) product_tile(v + t * in, u + o, m + t * out + o, in, out, 1, 2);
  }
  for (; o < out; o += lanes)
    for (size_t t = 0; t < tiles; t++) product_tile(v + t * in, u + o, m + t * out + o, in, out, 1, 1);
}

// s[input][output] += sum over tiles of v[tile][input] q[tile][output], for 4 × `vectors` accumulators.
ALWAYS void correlation_tile(const float *v, const float *q, float *s, size_t in, size_t out, size_t tiles,
                             size_t vectors) {
  vector sum[16];
  for (size_t i = 0; i < 4; i++)
    for (size_t j = 0; j < vectors; j++) sum[i * vectors + j] = *(const vector *)(s + i * out + j * lanes);
  for (size_t t = 0; t < tiles; t++) {
    for (size_t j = 0; j < vectors; j++) {
      vector gradient = *(const vector *)(q + t * out + j * lanes);
      for (size_t i = 0; i < 4; i++) sum[i * vectors + j] += gradient * v[t * in + i];
    }
  }
  for (size_t i = 0; i < 4; i++)
    for (size_t j = 0; j < vectors; j++) *(vector *)(s + i * out + j * lanes) = sum[i * vectors + j];
}

ALWAYS void correlation(const float *v, const float *q, float *s, size_t in, size_t out, size_t tiles) {
  for (size_t i = 0; i < in; i += 4) {
    size_t o = 0;
    for (; o + 4 * lanes <= out; o += 4 * lanes) correlation_tile(v + i, q + o, s + i * out + o, in, out, tiles, 4);
    for (; o < out; o += lanes) correlation_tile(v + i, q + o, s + i * out + o, in, out, tiles, 1);
  }
}

// MARK: Interface

int ecg_winograd_is_fast(void) {
#if ECG_HAS_CLONES
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl");
#else
  return 0;
#endif
}

size_t ecg_winograd_scratch(const ecg_winograd_shape *shape) {
  return points * block * (shape->in_channels + shape->out_channels);
}

ECG_CLONES
void ecg_winograd_kernel(const float *kernel, float *u, size_t in, size_t out, int turned) {
  for (size_t i = 0; i < in; i++) {
    for (size_t o = 0; o < out; o += lanes) {
      vector half[6][5];
      for (size_t y = 0; y < 6; y++) {
        for (size_t x = 0; x < 5; x++) {
          vector sum = {0};
          for (size_t k = 0; k < 5; k++) {
            size_t from = turned ? (4 - k) * 5 + 4 - x : k * 5 + x;
            sum += filter_transform[y][k] * *(const unaligned_vector *)(kernel + (from * in + i) * out + o);
          }
          half[y][x] = sum;
        }
      }
      for (size_t y = 0; y < 6; y++) {
        for (size_t x = 0; x < 6; x++) {
          vector sum = {0};
          for (size_t k = 0; k < 5; k++) sum += filter_transform[x][k] * half[y][k];
          float *place = u + (y * 6 + x) * in * out;
          if (turned)
            for (size_t j = 0; j < lanes; j++) place[(o + j) * in + i] = sum[j];
          else
            *(vector *)(place + i * out + o) = sum;
        }
      }
    }
  }
}

ECG_CLONES
void ecg_winograd_convolve(const ecg_winograd_shape *shape, const float *source, const float *u, const float *bias,
                           int relu, float *destination, size_t images, float *scratch) {
  size_t in = shape->in_channels, out = shape->out_channels;
  size_t height = shape->out_height, width = shape->out_width;
  size_t tile_count = (height + 1) / 2 * ((width + 1) / 2);
  float *v = scratch, *m = scratch + points * block * in;
  for (size_t image = 0; image < images; image++) {
    const float *from = source + image * in * shape->in_height * shape->in_width;
    float *to = destination + image * out * height * width;
    for (size_t first = 0; first < tile_count; first += block) {
      size_t tiles = tile_count - first < block ? tile_count - first : block;
      take_input(shape, from, in, shape->in_height, shape->in_width, shape->before, first, tiles, v);
      for (size_t p = 0; p < points; p++)
        product(v + p * block * in, u + p * in * out, m + p * block * out, in, out, tiles);
      for (size_t t = 0; t < tiles; t++) {
        place at = tile_place(shape, first + t);
        for (size_t o = 0; o < out; o += lanes) {
          vector values[points], half[12], result[4];
          for (size_t p = 0; p < points; p++) values[p] = *(const vector *)(m + (p * block + t) * out + o);
          for (size_t x = 0; x < 6; x++) transform_output(values + x, 6, half + x, 6);
          for (size_t y = 0; y < 2; y++) transform_output(half + y * 6, 1, result + y * 2, 1);
          vector offset = bias ? *(const unaligned_vector *)(bias + o) : (vector){0};
          for (size_t y = 0; y < 2 && at.row + y < height; y++) {
            for (size_t x = 0; x < 2 && at.column + x < width; x++) {
              vector value = result[y * 2 + x] + offset;
              if (relu)
                for (size_t j = 0; j < lanes; j++) value[j] = value[j] > 0 ? value[j] : 0;
              *(vector *)(to + o * height * width + ((at.row + y) * width + at.column + x) * lanes) = value;
            }
          }
        }
      }
    }
  }
}

ECG_CLONES
void ecg_winograd_correlate(const ecg_winograd_shape *shape, const float *source, const float *gradient, float *s,
                            float *bias, size_t images, float *scratch) {
  size_t in = shape->in_channels, out = shape->out_channels;
  size_t height = shape->out_height, width = shape->out_width;
  size_t tile_count = (height + 1) / 2 * ((width + 1) / 2);
  float *v = scratch, *q = scratch + points * block * in;
  for (size_t image = 0; image < images; image++) {
    const float *from = source + image * in * shape->in_height * shape->in_width;
    const float *behind = gradient + image * out * height * width;
    for (size_t first = 0; first < tile_count; first += block) {
      size_t tiles = tile_count - first < block ? tile_count - first : block;
      take_input(shape, from, in, shape->in_height, shape->in_width, shape->before, first, tiles, v);
      for (size_t t = 0; t < tiles; t++) {
        place at = tile_place(shape, first + t);
        for (size_t o = 0; o < out; o += lanes) {
          vector values[4], half[12], result[points];
          vector sum = {0};
          for (size_t y = 0; y < 2; y++) {
            for (size_t x = 0; x < 2; x++) {
              size_t row = at.row + y, column = at.column + x;
              vector value = row < height && column < width
                                 ? *(const vector *)(behind + o * height * width + (row * width + column) * lanes)
                                 : (vector){0};
              values[y * 2 + x] = value;
              sum += value;
            }
          }
          if (bias) *(unaligned_vector *)(bias + o) += sum;
          for (size_t x = 0; x < 2; x++) transform_gradient(values + x, 2, half + x, 2);
          for (size_t y = 0; y < 6; y++) transform_gradient(half + y * 2, 1, result + y * 6, 1);
          for (size_t p = 0; p < points; p++) *(vector *)(q + (p * block + t) * out + o) = result[p];
        }
      }
      for (size_t p = 0; p < points; p++)
        correlation(v + p * block * in, q + p * block * out, s + p * in * out, in, out, tiles);
    }
  }
}

ECG_CLONES
void ecg_winograd_kernel_gradient(const float *s, float *gradient, size_t in, size_t out) {
  for (size_t i = 0; i < in; i++) {
    for (size_t o = 0; o < out; o += lanes) {
      vector half[5][6];
      for (size_t y = 0; y < 5; y++) {
        for (size_t x = 0; x < 6; x++) {
          vector sum = {0};
          for (size_t k = 0; k < 6; k++)
            sum += filter_gradient_transform[y][k] * *(const vector *)(s + (k * 6 + x) * in * out + i * out + o);
          half[y][x] = sum;
        }
      }
      for (size_t y = 0; y < 5; y++) {
        for (size_t x = 0; x < 5; x++) {
          vector sum = {0};
          for (size_t k = 0; k < 6; k++) sum += filter_gradient_transform[x][k] * half[y][k];
          *(unaligned_vector *)(gradient + ((y * 5 + x) * in + i) * out + o) = sum;
        }
      }
    }
  }
}
