/* r_peaks.c - R peaks while samples come in, in static memory: what a monitor or a wearable does.
 *
 *   cc -std=c11 -O2 -I../include r_peaks.c -o r_peaks ../build/device/libecg.a -lm
 *   ./r_peaks 360 < recording.f32                       samples in millivolts as raw 32-bit floats
 *
 * Prints a line for each R peak: time in seconds, heart rate in beats per minute, confidence.
 */
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include "ecg.h"

enum { PIECE = 64 };

static alignas(ECG_ALIGNMENT) unsigned char memory[32768];
static uint64_t last;

static void check(ecg_status status) {
  if (status == ECG_OK) return;
  fprintf(stderr, "%s (%d)\n", ecg_status_string(status), (int)status);
  exit(2);
}

static void show(const uint64_t *r_peaks, const float *confidences, size_t count, double sampling_rate) {
  for (size_t i = 0; i < count; i++) {
    double interval = (double)(r_peaks[i] - last) / sampling_rate;
    printf("%10.3f s  ", (double)r_peaks[i] / sampling_rate);
    if (last) printf("%5.0f /min  ", 60 / interval);
    else printf("    - /min  ");
    printf("%3.0f %%\n", 100 * (double)confidences[i]);
    last = r_peaks[i];
  }
}

int main(int argument_count, char **arguments) {
  if (argument_count != 2) {
    fprintf(stderr, "usage: %s sampling-rate-in-Hz < recording.f32\n", arguments[0]);
    return 2;
  }
  double sampling_rate = atof(arguments[1]);
  ecg_detector *detector;
  check(ecg_detector_init(sampling_rate, memory, sizeof memory, &detector));

  float samples[PIECE];
  uint64_t r_peaks[ECG_DETECTOR_FINISH_CAPACITY];
  float confidences[ECG_DETECTOR_FINISH_CAPACITY];
  size_t sample_count, count;
  while ((sample_count = fread(samples, sizeof *samples, PIECE, stdin)) > 0) {
    check(ecg_detector_push(detector, samples, sample_count, r_peaks, confidences, ECG_DETECTOR_FINISH_CAPACITY,
                            &count));
    show(r_peaks, confidences, count, sampling_rate);
  }
  check(ecg_detector_finish(detector, r_peaks, confidences, ECG_DETECTOR_FINISH_CAPACITY, &count));
  show(r_peaks, confidences, count, sampling_rate);
  return 0;
}
