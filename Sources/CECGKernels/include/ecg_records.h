// Stored samples of recordings. Trainer only.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Format 16 of WFDB: `count` numbers of two bytes, the low byte first, `stride` numbers apart.
void ecg_unpack_16(const uint8_t *bytes, ptrdiff_t stride, ptrdiff_t count, int32_t *samples);

// Format 212 of WFDB: the first (position 0) or second (1) sample of `count` pairs in three bytes each.
void ecg_unpack_212(const uint8_t *bytes, int position, ptrdiff_t count, int32_t *samples);

// out[k] = (samples[k] - baseline) / steps, NaN where the sample is `missing`. Returns the sum of the samples modulo 2^32.
int32_t ecg_millivolts(const int32_t *samples, ptrdiff_t count, int32_t missing, float baseline, float steps,
                       float *out);

// The same in double precision, for samples and gains that float does not hold exactly; none is missing if has_missing
// is 0.
int32_t ecg_millivolts_double(const int32_t *samples, ptrdiff_t count, int has_missing, int32_t missing,
                              double baseline, double steps, float *out);

// Lets the process keep the memory that it frees: blocks up to the largest threshold that glibc allows are not returned.
void ecg_keep_freed_memory(void);
