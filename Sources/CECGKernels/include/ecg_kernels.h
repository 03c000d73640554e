// The C part of the device line: arithmetic kernels, and one-line shims for what Embedded Swift cannot import.
#pragma once
#include <math.h>
#include <stddef.h>
#include <stdint.h>

// MARK: libm, which Embedded Swift does not bring

static inline float ecg_expf(float x) { return expf(x); }
static inline float ecg_logf(float x) { return logf(x); }
static inline float ecg_tanhf(float x) { return tanhf(x); }
static inline float ecg_sqrtf(float x) { return sqrtf(x); }
static inline double ecg_exp(double x) { return exp(x); }
static inline double ecg_log(double x) { return log(x); }
static inline double ecg_sin(double x) { return sin(x); }
static inline double ecg_cos(double x) { return cos(x); }
static inline double ecg_tan(double x) { return tan(x); }
static inline double ecg_sqrt(double x) { return sqrt(x); }
static inline double ecg_pow(double x, double y) { return pow(x, y); }

// MARK: status texts, from the one list in ecg.h

const char *ecg_kernel_status_text(int32_t status);

// MARK: SHA-256 (FIPS 180-4): takes whole 64-byte blocks into the state

void ecg_sha256_blocks(uint32_t state[8], const uint8_t *bytes, size_t block_count);

// MARK: distances from one vector to `count` others, each of `dimensions` values, one behind the other

void ecg_squared_euclidean_distances(const float *query, const float *references, size_t count, size_t dimensions,
                                     float *out);
void ecg_manhattan_distances(const float *query, const float *references, size_t count, size_t dimensions, float *out);
