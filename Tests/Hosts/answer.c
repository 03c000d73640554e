/* answer.c - everything that libecg says of a recording, with all digits, for comparing one machine with another.
 *
 *   ./answer model.h5 recording.f32 500
 */
#include <stdio.h>
#include <stdlib.h>

#include "ecg.h"

static void check(const char *what, ecg_status status) {
  if (status == ECG_OK) return;
  fprintf(stderr, "%s: %s (%d)\n", what, ecg_status_string(status), (int)status);
  exit(2);
}

int main(int argument_count, char **arguments) {
  if (argument_count != 4) return 2;
  double rate = atof(arguments[3]);
  FILE *file = fopen(arguments[2], "rb");
  if (!file) return 2;
  static float samples[1 << 20];
  size_t sample_count = fread(samples, sizeof *samples, sizeof samples / sizeof *samples, file);
  fclose(file);

  ecg_model *model;
  ecg_session *session;
  check("model", ecg_model_open(arguments[1], &model));
  check("session", ecg_session_open(model, (double)sample_count / rate, rate, &session));
  check("self-test", ecg_session_verify(session));
  ecg_model_info info = {.struct_size = sizeof info};
  check("info", ecg_model_describe(model, &info));
  size_t capacity = ecg_session_beat_capacity(session), beat_count;
  float *beats = malloc(capacity * info.beat_length * sizeof *beats);
  size_t *r_peaks = malloc(capacity * sizeof *r_peaks);
  float *probabilities = malloc(info.person_count * sizeof *probabilities);
  if (!beats || !r_peaks || !probabilities) return 2;

  ecg_signal_report report = {.struct_size = sizeof report};
  check("preprocess", ecg_preprocess(session, samples, sample_count, rate, beats, capacity, r_peaks, &beat_count,
                                     &report));
  ecg_identity identity = {.struct_size = sizeof identity};
  check("identify", ecg_identify(session, beats, beat_count, &identity, probabilities));
  ecg_outlier outlier = {.struct_size = sizeof outlier};
  check("outlier", ecg_outlier_score(session, beats, beat_count, &outlier));

  printf("person %d\n", (int)identity.person);
  printf("quality %.9g\n", (double)report.quality);
  for (uint32_t i = 0; i < info.person_count; i++) printf("probability %.9g\n", (double)probabilities[i]);
  printf("outlier %.9g\n", (double)outlier.score);
  for (size_t i = 0; i < beat_count; i++) printf("peak %zu\n", r_peaks[i]);
  for (size_t i = 0; i < beat_count * info.beat_length; i++) printf("beat %.9g\n", (double)beats[i]);

  free(beats);
  free(r_peaks);
  free(probabilities);
  ecg_session_close(session);
  ecg_model_close(model);
  return 0;
}
