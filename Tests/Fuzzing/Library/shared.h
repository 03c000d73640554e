/* What the fuzz targets of libecg share. A promise that is broken ends the program, which libFuzzer reports. */
#ifndef SHARED_H
#define SHARED_H

#include <math.h>
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

/* Sample `index` of an electrocardiogram in mV, at `rate` Hz: waves of a triangle's shape, a beat every 0.83 s. */
static float heartbeat(size_t index, double rate) {
  static const struct {
    double at, width, height;
  } waves[] = {{-0.17, 0.06, 0.12}, {-0.03, 0.02, -0.12}, {0, 0.025, 1.1}, {0.03, 0.02, -0.25}, {0.25, 0.1, 0.3}};
  double time = (double)index / rate;
  double from_beat = time - 0.6 - 0.83 * floor((time - 0.6) / 0.83 + 0.5);
  double value = 0.1 * sin(1.45 * time) + 0.004 * (double)(index * 2654435761u % 1024) / 1024;
  for (size_t wave = 0; wave < sizeof waves / sizeof *waves; wave++) {
    double distance = fabs(from_beat - waves[wave].at) / waves[wave].width;
    if (distance < 1) value += waves[wave].height * (1 - distance);
  }
  return (float)value;
}

#endif
