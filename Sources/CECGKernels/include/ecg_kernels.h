// The C part of the device line: arithmetic kernels, and one-line shims for what Embedded Swift cannot import.
#pragma once
#include <math.h>
#include <stddef.h>
#include <stdint.h>

// MARK: libm, which Embedded Swift does not bring

static inline float ecg_expf(float x) { return expf(x); }
static inline float ecg_logf(float x) { return logf(x); }
static inline float ecg_sqrtf(float x) { return sqrtf(x); }
static inline double ecg_exp(double x) { return exp(x); }
static inline double ecg_log(double x) { return log(x); }
static inline double ecg_sin(double x) { return sin(x); }
static inline double ecg_cos(double x) { return cos(x); }
static inline double ecg_tan(double x) { return tan(x); }
static inline double ecg_atan(double x) { return atan(x); }
static inline double ecg_sqrt(double x) { return sqrt(x); }
static inline double ecg_pow(double x, double y) { return pow(x, y); }

// MARK: files and memory by the page; NULL where there are none

void *ecg_map_file(const char *path, size_t *size);
void *ecg_take_memory(size_t size);
void ecg_give_memory_back(void *start, size_t size);

// Sets memory to zero even where nothing reads it afterwards.
void ecg_overwrite(void *start, size_t size);

// MARK: texts, from the lists in ecg.h

const char *ecg_kernel_status_text(int32_t status);
const char *ecg_kernel_fault_text(int32_t fault);

// MARK: SHA-256 (FIPS 180-4): takes whole 64-byte blocks into the state

void ecg_sha256_blocks(uint32_t state[8], const uint8_t *bytes, size_t block_count);

// MARK: distances and dot products of one vector and `count` others, each of `dimensions` values, one behind the other;
// _halves: these are float16, by their bits; _bytes: each is its scale times its bytes

// A distance beyond `limit` may come out as anything beyond it: its sum is left off then.
void ecg_squared_euclidean_distances(const float *query, const float *references, size_t count, size_t dimensions,
                                     float limit, float *out);
void ecg_manhattan_distances(const float *query, const float *references, size_t count, size_t dimensions, float limit,
                             float *out);
void ecg_squared_euclidean_distances_halves(const float *query, const uint16_t *references, size_t count,
                                            size_t dimensions, float limit, float *out);
void ecg_manhattan_distances_halves(const float *query, const uint16_t *references, size_t count, size_t dimensions,
                                    float limit, float *out);
void ecg_squared_euclidean_distances_bytes(const float *query, const int8_t *references, const float *scales,
                                           size_t count, size_t dimensions, float limit, float *out);
void ecg_manhattan_distances_bytes(const float *query, const int8_t *references, const float *scales, size_t count,
                                   size_t dimensions, float limit, float *out);
void ecg_dot_products(const float *query, const float *references, size_t count, size_t dimensions, float *out);

// MARK: sparsity-assisted signal smoothing

// The banded matrices A, A A and B1 as one interior row or column each, and those at the edges that differ.
typedef struct {
  int order, sparse_order;
  int taps, left, shrinks;  // column j of B1 has `taps` entries from row j - left; B1 has n - shrinks columns
  double filter[4], filter_head[3][4], filter_tail[3][4];
  double square[7], square_head[6][7], square_tail[6][7];
  double column[8], column_head[3][8], column_tail[3][8];
} ecg_sass;

enum { ECG_SASS_SHORTEST = 64 };  // samples; every function below needs at least so many

void ecg_sass_design(ecg_sass *filter, int order, int sparse_order, double cutoff);
void ecg_sass_numerator(const ecg_sass *filter, ptrdiff_t n, const double *y, double *scratch, double *out);
void ecg_sass_spread(const ecg_sass *filter, ptrdiff_t n, const double *x, double *out);
void ecg_sass_gather(const ecg_sass *filter, ptrdiff_t n, const double *z, double *out);
void ecg_sass_assemble(const ecg_sass *filter, ptrdiff_t n, const double *weight, double *bands);
void ecg_sass_filter_bands(const ecg_sass *filter, ptrdiff_t n, double *bands);

int ecg_banded_factor(int width, ptrdiff_t n, double *bands, double *x);
void ecg_banded_forward(int width, ptrdiff_t n, const double *bands, double *x);
void ecg_banded_backward(int width, ptrdiff_t n, const double *bands, double *x);

// `padded` counts lanes: a multiple of 8
void ecg_sass_weights(ptrdiff_t padded, double lambda, double delta, const double *v, const double *up,
                      const double *down, double *weight, double *right);
double ecg_sass_affine(ptrdiff_t padded, double lambda, double delta, const double *v, const double *up,
                       const double *down, const double *weight, double *q, double *curvature);
void ecg_sass_correction(ptrdiff_t padded, double lambda, double delta, double centre, const double *v,
                         const double *up, const double *down, const double *affine, double *right, double *shift);
double ecg_sass_direction(ptrdiff_t padded, double lambda, double delta, double centre, const double *v,
                          const double *up, const double *down, const double *shift, double *q, double *weight,
                          double *affine);
double ecg_sass_advance(ptrdiff_t padded, double lambda, double length, const double *step, const double *da,
                        const double *db, double *v, double *up, double *down);

// MARK: scalogram

// One scale of `count` scalograms. Output instant phase + phases * q of a beat x (length n) is the sum over m of
// table[m - low][phase] * x[m + shift * q], for m from low to high - 1 within the beat.
typedef struct {
  const float *table;
  ptrdiff_t low, high, n, shift, phases, windows;
} ecg_scalogram_scale;

void ecg_scalogram_row(const ecg_scalogram_scale *scale, ptrdiff_t count, const float *beats, ptrdiff_t beat_stride,
                       float *out, ptrdiff_t out_stride);
float ecg_dot(ptrdiff_t n, const float *a, const float *b);
