/* identify.c - names the person in a recording, or says that it does not know them.
 *
 *   cc -std=c99 -O2 -I../include identify.c -o identify -L../build/device -lecg -Wl,-rpath,'$ORIGIN/../build/device'
 *   ./identify model.h5 recording.csv 500
 *
 * The recording is one lead in millivolts: a text file with one value a line (of several columns the first counts;
 * lines that do not begin with a number are passed over; "nan" marks a missing sample), or, when its name ends in
 * .f32, raw 32-bit floats.
 *
 * Exit status: 0 somebody known, 1 a stranger, 2 an error, 3 a signal too poor to say anything.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ecg.h"

struct samples {
  float *values;
  size_t count, capacity;
};

static int append(struct samples *samples, float value) {
  if (samples->count == samples->capacity) {
    size_t capacity = samples->capacity ? 2 * samples->capacity : 16384;
    float *values = realloc(samples->values, capacity * sizeof *values);
    if (!values) return -1;
    samples->values = values;
    samples->capacity = capacity;
  }
  samples->values[samples->count++] = value;
  return 0;
}

static int read_recording(const char *path, struct samples *samples) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    return -1;
  }
  size_t length = strlen(path);
  int status = 0;
  if (length > 4 && strcmp(path + length - 4, ".f32") == 0) {
    float value;
    while (status == 0 && fread(&value, sizeof value, 1, file) == 1) status = append(samples, value);
  } else {
    char line[512];
    while (status == 0 && fgets(line, sizeof line, file)) {
      char *end;
      float value = strtof(line, &end);
      if (end != line) status = append(samples, value);
    }
  }
  if (status == 0 && ferror(file)) {
    perror(path);
    status = -1;
  }
  fclose(file);
  return status;
}

static int failed(const char *what, ecg_status status) {
  if (status != ECG_OK) fprintf(stderr, "%s: %s (%d)\n", what, ecg_status_string(status), (int)status);
  return status != ECG_OK;
}

/* Why a recording is refused: what spoils most of it, and the beats left out by reason. */
static void print_refusal(const ecg_signal_report *report) {
  const struct {
    int32_t fault;
    uint32_t count;
  } left_out[] = {{ECG_FAULT_BORDER, report->beats_at_border},   {ECG_FAULT_GAP, report->beats_at_gap},
                  {ECG_FAULT_FLAT, report->beats_flat},          {ECG_FAULT_CLIPPED, report->beats_clipped},
                  {ECG_FAULT_NOISY, report->beats_noisy},        {ECG_FAULT_WANDERING, report->beats_wandering},
                  {ECG_FAULT_ODD_AMPLITUDE, report->beats_of_odd_amplitude},
                  {ECG_FAULT_ECTOPIC, report->beats_ectopic},    {ECG_FAULT_UNLIKE, report->beats_unlike}};
  if (report->fault != ECG_FAULT_NONE) fprintf(stderr, "reason         %s\n", ecg_fault_string(report->fault));
  fprintf(stderr, "quality        %.2f\n", report->quality);
  fprintf(stderr, "R peaks        %u\n", (unsigned)report->r_peak_count);
  for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++) {
    if (left_out[i].count > 0)
      fprintf(stderr, "left out       %u %s\n", (unsigned)left_out[i].count, ecg_fault_string(left_out[i].fault));
  }
}

int main(int argument_count, char **arguments) {
  if (argument_count != 4) {
    fprintf(stderr, "usage: %s model.h5 recording.csv|recording.f32 sampling-rate-in-Hz\n", arguments[0]);
    return 2;
  }
  const char *model_path = arguments[1];
  const char *recording_path = arguments[2];
  double sampling_rate = atof(arguments[3]);

  int exit_status = 2;
  struct samples recording = {0};
  ecg_model *model = NULL;
  ecg_session *session = NULL;
  float *beats = NULL;

  if (read_recording(recording_path, &recording)) goto done;
  if (failed(model_path, ecg_model_open(model_path, &model))) goto done;

  double seconds = sampling_rate > 0 ? (double)recording.count / sampling_rate : 0;
  if (failed("session", ecg_session_open(model, seconds, sampling_rate, &session))) goto done;

  ecg_model_info info = {.struct_size = sizeof info};
  if (failed(model_path, ecg_model_describe(model, &info))) goto done;

  size_t capacity = ecg_session_beat_capacity(session);
  beats = malloc(capacity * info.beat_length * sizeof *beats);
  if (!beats) {
    fprintf(stderr, "out of memory\n");
    goto done;
  }

  size_t beat_count;
  ecg_signal_report report = {.struct_size = sizeof report};
  ecg_status status = ecg_preprocess(session, recording.values, recording.count, sampling_rate, beats, capacity, NULL,
                                     &beat_count, &report);
  if (failed(recording_path, status)) {
    if (status == ECG_ERROR_NO_BEATS || status == ECG_ERROR_POOR_SIGNAL) print_refusal(&report);
    if (status == ECG_ERROR_POOR_SIGNAL) exit_status = 3;
    goto done;
  }

  ecg_identity identity = {.struct_size = sizeof identity};
  ecg_outlier outlier = {.struct_size = sizeof outlier};
  int tells_strangers = info.outlier_reference_count > 0;
  status = tells_strangers ? ecg_recognise(session, beats, beat_count, &identity, NULL, &outlier)
                           : ecg_identify(session, beats, beat_count, &identity, NULL);
  if (failed(recording_path, status)) goto done;

  printf("beats          %zu\n", beat_count);
  printf("quality        %.2f\n", report.quality);
  printf("most like      %s\n", ecg_model_label(model, identity.person));
  printf("probability    %.4f\n", identity.probability);
  if (tells_strangers) printf("outlier score  %.3f (threshold %.3f)\n", outlier.score, outlier.threshold);
  if (tells_strangers && outlier.is_outlier) {
    printf("verdict        nobody I know\n");
    exit_status = 1;
  } else {
    printf("verdict        %s\n", ecg_model_label(model, identity.person));
    exit_status = 0;
  }

done:
  free(beats);
  ecg_session_close(session);
  ecg_model_close(model);
  free(recording.values);
  return exit_status;
}
