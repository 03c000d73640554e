/* wearer.c - a wristband that knows its owner: enrols whoever wears it first, and tells who wears it afterwards.
 *
 *   cc -std=c11 -O2 -I../include wearer.c ../build/device/libecg.a -lm -o wearer
 *   ./wearer model.h5 500 owner.f32 someone.f32 ...
 *
 * Each file stands for a time of wearing: one lead in millivolts as raw 32-bit floats, here at 500 Hz, which the band sees
 * 25 samples at a time. The first file enrols the owner, from the stream alone. All memory is static. The verdicts need
 * a model that `ecgid calibrate` wrote.
 *
 * Exit status: 0 it was always the owner, 1 it was not, 2 an error.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ecg.h"

enum { PIECE = 25, ENROLMENT_BEATS = 16 };

static _Alignas(ECG_ALIGNMENT) unsigned char stream_memory[16 << 20], gallery_memory[1 << 16];

static void check(const char *what, ecg_status status) {
  if (status == ECG_OK) return;
  fprintf(stderr, "%s: %s (%d)\n", what, ecg_status_string(status), (int)status);
  exit(2);
}

/* The next event of a signal that comes from a file; ECG_EVENT_NONE at its end. */
static ecg_stream_event next(ecg_stream *stream, FILE *file) {
  ecg_stream_event event = {.struct_size = sizeof event};
  float samples[PIECE];
  for (;;) {
    check("next", ecg_stream_next(stream, &event));
    if (event.kind != ECG_EVENT_NONE) return event;
    size_t sample_count = fread(samples, sizeof *samples, PIECE, file);
    if (sample_count == 0) return event;
    check("push", ecg_stream_push(stream, samples, sample_count, NULL));
  }
}

int main(int argument_count, char **arguments) {
  if (argument_count < 4) {
    fprintf(stderr, "usage: %s model.h5 rate owner.f32 someone.f32 ...\n", arguments[0]);
    return 2;
  }
  double rate = atof(arguments[2]);
  ecg_model *model;
  ecg_stream *stream;
  ecg_gallery *gallery;
  check(arguments[1], ecg_model_open(arguments[1], &model)); /* a device has the bytes in flash: ecg_model_init */
  ecg_model_info info = {.struct_size = sizeof info};
  check(arguments[1], ecg_model_describe(model, &info));
  if (info.calibration_people == 0)
    fprintf(stderr, "%s was not calibrated (ecgid calibrate): it is never sure who somebody is\n", arguments[1]);
  check("stream", ecg_stream_init(model, rate, NULL, stream_memory, sizeof stream_memory, &stream));
  check("gallery", ecg_gallery_init(model, 2, gallery_memory, sizeof gallery_memory, &gallery));

  int exit_status = 0;
  for (int i = 3; i < argument_count; i++) {
    FILE *file = fopen(arguments[i], "rb");
    if (!file) {
      perror(arguments[i]);
      return 2;
    }
    int is_enrolling = i == 3, is_over = 0;
    ecg_match match = {.struct_size = sizeof match};
    check("reset", ecg_stream_reset(stream));
    check("gallery", ecg_stream_set_gallery(stream, is_enrolling ? NULL : gallery, NULL));
    while (!is_over) {
      ecg_stream_event event = next(stream, file);
      double seconds = (double)event.position / rate;
      if (event.kind == ECG_EVENT_NONE) break;
      if (is_enrolling && event.beat_count == ENROLMENT_BEATS) {
        uint32_t beat_count;
        check("enrol", ecg_stream_enrol(stream, gallery, "owner", &beat_count));
        printf("%s: enrolled by %u beats in %.1f s\n", arguments[i], (unsigned)beat_count, seconds);
        is_over = 1;
      } else if (!is_enrolling) {
        check("match", ecg_stream_match(stream, &match));
        is_over = match.verdict != ECG_VERDICT_NOT_SURE;
        if (is_over)
          printf("%s: %s after %.1f s, score %.3f of %u beats\n", arguments[i],
                 match.verdict == ECG_VERDICT_ACCEPTED ? "the owner" : "somebody else", seconds, (double)match.score,
                 (unsigned)match.beat_count);
      }
    }
    fclose(file);
    if (!is_over) printf("%s: %s\n", arguments[i], is_enrolling ? "too few beats to enrol" : "not sure yet");
    if (!is_over && is_enrolling) return 2;
    if (!is_enrolling && match.verdict != ECG_VERDICT_ACCEPTED) exit_status = 1;
  }
  ecg_gallery_close(gallery); /* overwrites it */
  ecg_model_close(model);
  return exit_status;
}
