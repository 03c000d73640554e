/* no_malloc.c - the same in memory of the program's own: nothing is allocated, nothing is freed.
 *
 *   cc -std=c11 -O2 -I../include no_malloc.c -o no_malloc ../build/device/libecg.a -lm
 *   ./no_malloc model.h5 recording.f32 500
 *
 * A device would have the model's bytes in flash and the samples from its converter; here both come from files, read
 * into static arrays.
 */
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>

#include "ecg.h"

enum { MOST_SECONDS = 60, MOST_BEATS = 300, LONGEST_BEAT = 1000 };

static alignas(ECG_ALIGNMENT) unsigned char model_bytes[128 << 20];
static alignas(ECG_ALIGNMENT) unsigned char model_memory[2 << 20];
static alignas(ECG_ALIGNMENT) unsigned char session_memory[64 << 20];
static float samples[MOST_SECONDS * 1000];
static float beats[MOST_BEATS * LONGEST_BEAT];

static size_t read_file(const char *path, void *memory, size_t size) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    exit(2);
  }
  size_t count = fread(memory, 1, size, file);
  fclose(file);
  return count;
}

static void check(const char *what, ecg_status status) {
  if (status == ECG_OK) return;
  fprintf(stderr, "%s: %s (%d)\n", what, ecg_status_string(status), (int)status);
  exit(2);
}

int main(int argument_count, char **arguments) {
  if (argument_count != 4) {
    fprintf(stderr, "usage: %s model.h5 recording.f32 sampling-rate-in-Hz\n", arguments[0]);
    return 2;
  }
  size_t byte_count = read_file(arguments[1], model_bytes, sizeof model_bytes);
  size_t sample_count = read_file(arguments[2], samples, sizeof samples) / sizeof samples[0];
  double sampling_rate = atof(arguments[3]);

  ecg_model *model;
  size_t model_size;
  check("model", ecg_model_size(model_bytes, byte_count, &model_size));
  check("model", ecg_model_init(model_bytes, byte_count, model_memory, sizeof model_memory, &model));

  ecg_session *session;
  size_t session_size;
  double seconds = (double)sample_count / sampling_rate;
  check("session", ecg_session_size(model, seconds, sampling_rate, &session_size));
  check("session", ecg_session_init(model, seconds, sampling_rate, session_memory, session_size, &session));
  printf("memory   %zu bytes for the model, %zu for the session\n", model_size, session_size);
  check("self-test", ecg_session_verify(session));

  ecg_model_info info = {.struct_size = sizeof info};
  check("model", ecg_model_describe(model, &info));
  size_t capacity = sizeof beats / sizeof beats[0] / info.beat_length, beat_count;
  check("preprocess", ecg_preprocess(session, samples, sample_count, sampling_rate, beats, capacity, NULL, &beat_count,
                                     NULL));
  ecg_identity identity = {.struct_size = sizeof identity};
  check("identify", ecg_identify(session, beats, beat_count, &identity, NULL));
  printf("person   %s\n", ecg_model_label(model, identity.person));
  return 0;
}
