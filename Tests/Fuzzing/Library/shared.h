/* What the fuzz targets of libecg share. A promise that is broken ends the program, which libFuzzer reports. */
#ifndef SHARED_H
#define SHARED_H

#include <math.h>
#include <sanitizer/asan_interface.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ecg.h"

#define PROMISE(condition)                                                             \
  do {                                                                                 \
    if (!(condition)) {                                                                \
      fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #condition); \
      abort();                                                                         \
    }                                                                                  \
  } while (0)

/* Memory of exactly `size` bytes, so that the address sanitizer sees the first byte beyond. */
static void *take(size_t size) {
  void *memory = NULL;
  PROMISE(posix_memalign(&memory, ECG_ALIGNMENT, size ? size : 1) == 0);
  return memory;
}

/* Memory for one execution after the other, as `take` gives it, but for what was written there before: what is new takes the
 * system longer than many a test. The bytes behind it are out of bounds, 64 KiB of them. */
typedef struct {
  uint8_t *memory;
  size_t size, lent;
} pool;

static inline void *lend(pool *from, size_t size) {
  enum { BORDER = 1 << 16 };
  if (from->memory) ASAN_UNPOISON_MEMORY_REGION(from->memory + from->lent, BORDER);
  if (size > from->size) {
    free(from->memory);
    from->size = size;
    from->memory = take(size + BORDER);
  }
  from->lent = size;
  ASAN_POISON_MEMORY_REGION(from->memory + size, BORDER);
  return from->memory;
}

/* Sample `index` of an electrocardiogram in mV, at `rate` Hz: waves of a triangle's shape, a beat every half second, so that a
 * short signal has several. */
static float heartbeat(size_t index, double rate) {
  static const struct {
    double at, width, height;
  } waves[] = {{-0.13, 0.06, 0.12}, {-0.03, 0.02, -0.12}, {0, 0.025, 1.1}, {0.03, 0.02, -0.25}, {0.19, 0.08, 0.3}};
  double time = (double)index / rate;
  double from_beat = time - 0.6 - 0.5 * floor((time - 0.6) / 0.5 + 0.5);
  double value = 0.1 * sin(1.45 * time) + 0.004 * (double)(index * 2654435761u % 1024) / 1024;
  for (size_t wave = 0; wave < sizeof waves / sizeof *waves; wave++) {
    double distance = fabs(from_beat - waves[wave].at) / waves[wave].width;
    if (distance < 1) value += waves[wave].height * (1 - distance);
  }
  return (float)value;
}

#endif
