/* stream.c - who it is, while samples come in, in static memory: what a wearable or a door lock does.
 *
 *   cc -std=c11 -O2 -I../include stream.c -o stream ../build/device/libecg.a -lm
 *   ./stream model.h5 500 < recording.f32               samples in millivolts as raw 32-bit floats
 *
 * Prints a line for each beat and each change of the signal. A device would have the model's bytes in flash and the
 * samples from its converter; here they come from a file and from the standard input, 25 at a time.
 */
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include "ecg.h"

enum { PIECE = 25 };

static alignas(ECG_ALIGNMENT) unsigned char model_bytes[128 << 20];
static alignas(ECG_ALIGNMENT) unsigned char model_memory[2 << 20];
static alignas(ECG_ALIGNMENT) unsigned char stream_memory[16 << 20];

static ecg_model *model;
static ecg_stream *stream;
static double sampling_rate;

static void check(const char *what, ecg_status status) {
  if (status == ECG_OK) return;
  fprintf(stderr, "%s: %s (%d)\n", what, ecg_status_string(status), (int)status);
  exit(2);
}

static void show(const ecg_stream_event *event) {
  printf("%10.3f s  ", (double)event->position / sampling_rate);
  if (event->kind == ECG_EVENT_SIGNAL) {
    printf("signal  %s", event->signal == ECG_OK ? "good" : ecg_status_string(event->signal));
    if (event->fault != ECG_FAULT_NONE) printf(" (%s)", ecg_fault_string(event->fault));
    printf(", quality %.2f%s\n", (double)event->quality, event->beat_count ? "" : ", nobody yet");
    return;
  }
  printf("beat    quality %.2f, ", (double)event->quality);
  if (event->fault != ECG_FAULT_NONE) {
    printf("left out: %s\n", ecg_fault_string(event->fault));
    return;
  }
  const char *label = ecg_model_label(model, event->person);
  if (label == NULL) { /* a model that serves galleries alone */
    puts("usable");
    return;
  }
  printf("%s", event->is_outlier == 1 ? "nobody I know, most like " : "");
  printf("%s, %.1f %% from %u beats", label, 100 * (double)event->probability, (unsigned)event->beat_count);
  if (event->is_outlier >= 0) printf(", outlier score %.3f", (double)event->outlier_score);
  putchar('\n');
}

/* Everything that can be told now. */
static void tell(void) {
  ecg_stream_event event = {.struct_size = sizeof event};
  for (;;) {
    check("next", ecg_stream_next(stream, &event));
    if (event.kind == ECG_EVENT_NONE) return;
    show(&event);
  }
}

int main(int argument_count, char **arguments) {
  if (argument_count != 3) {
    fprintf(stderr, "usage: %s model.h5 sampling-rate-in-Hz < recording.f32\n", arguments[0]);
    return 2;
  }
  FILE *file = fopen(arguments[1], "rb");
  if (!file) {
    perror(arguments[1]);
    return 2;
  }
  size_t byte_count = fread(model_bytes, 1, sizeof model_bytes, file);
  fclose(file);
  sampling_rate = atof(arguments[2]);

  size_t stream_size;
  check("model", ecg_model_init(model_bytes, byte_count, model_memory, sizeof model_memory, &model));
  check("stream", ecg_stream_size(model, sampling_rate, NULL, &stream_size));
  check("stream", ecg_stream_init(model, sampling_rate, NULL, stream_memory, sizeof stream_memory, &stream));
  printf("memory   %zu bytes for the stream\n", stream_size);

  float samples[PIECE];
  size_t sample_count;
  while ((sample_count = fread(samples, sizeof *samples, PIECE, stdin)) > 0) {
    check("push", ecg_stream_push(stream, samples, sample_count, NULL));
    tell();
  }
  check("finish", ecg_stream_finish(stream));
  tell();
  return 0;
}
