/* gallery.c - enrols two people whom the model was not trained on, checks who somebody is, and turns strangers away.
 *
 *   cc -std=c11 -O2 -I../include gallery.c ../build/device/libecg.a -lm -o gallery
 *   ./gallery model.h5 500 ada.f32 eve.f32 someone.f32 ...
 *
 * Recordings are raw 32-bit floats: one lead in millivolts, here at 500 Hz. The first two are of the people to enrol;
 * each of the others is compared with them. The gallery lies in static memory and goes through its bytes once, as it
 * would by way of a file or a flash page. The verdicts need a model that `ecgid calibrate` wrote.
 *
 * Exit status: 0 everybody was accepted, 1 somebody was not, 2 an error.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ecg.h"

enum { TEMPLATES = 8, LONGEST_SECONDS = 60 };

static int failed(const char *what, ecg_status status) {
  if (status != ECG_OK) fprintf(stderr, "%s: %s (%d)\n", what, ecg_status_string(status), (int)status);
  return status != ECG_OK;
}

/* The beats of a recording; returns how many there are, or 0 after saying why there are none. */
static size_t find_beats(ecg_session *session, const char *path, double rate, float *beats) {
  static float samples[LONGEST_SECONDS * 1000];
  size_t capacity = ecg_session_beat_capacity(session), beat_count = 0;
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    return 0;
  }
  size_t sample_count = fread(samples, sizeof *samples, sizeof samples / sizeof *samples, file);
  fclose(file);
  if (failed(path, ecg_preprocess(session, samples, sample_count, rate, beats, capacity, NULL, &beat_count, NULL)))
    return 0;
  return beat_count;
}

static const char *word(int32_t verdict) {
  return verdict == ECG_VERDICT_ACCEPTED ? "accepted" : verdict == ECG_VERDICT_REJECTED ? "rejected" : "not sure";
}

int main(int argument_count, char **arguments) {
  if (argument_count < 5) {
    fprintf(stderr, "usage: %s model.h5 rate ada.f32 eve.f32 someone.f32 ...\n", arguments[0]);
    return 2;
  }
  static _Alignas(ECG_ALIGNMENT) unsigned char gallery_memory[1 << 18];
  static const char *const names[] = {"Ada", "Eve"};
  double rate = atof(arguments[2]);
  int exit_status = 2;
  ecg_model *model = NULL;
  ecg_session *session = NULL;
  ecg_gallery *gallery = NULL;
  float *beats = NULL;
  unsigned char *saved = NULL;

  if (failed(arguments[1], ecg_model_open(arguments[1], &model))) goto done;
  if (failed("session", ecg_session_open(model, LONGEST_SECONDS, rate, &session))) goto done;
  ecg_model_info info = {.struct_size = sizeof info};
  if (failed(arguments[1], ecg_model_describe(model, &info))) goto done;
  if (info.calibration_people == 0)
    fprintf(stderr, "%s was not calibrated (ecgid calibrate): it is never sure who somebody is\n", arguments[1]);
  beats = malloc(ecg_session_beat_capacity(session) * info.beat_length * sizeof *beats);
  if (!beats) goto done;
  if (failed("gallery", ecg_gallery_init(model, TEMPLATES, gallery_memory, sizeof gallery_memory, &gallery))) goto done;

  for (int i = 0; i < 2; i++) {
    size_t beat_count = find_beats(session, arguments[3 + i], rate, beats);
    if (beat_count < 8) {
      fprintf(stderr, "%s: too few beats to enrol %s\n", arguments[3 + i], names[i]);
      goto done;
    }
    if (failed(names[i], ecg_gallery_enrol(gallery, session, names[i], beats, beat_count))) goto done;
    printf("%s is enrolled by %zu beats\n", names[i], beat_count);
  }

  /* To flash and back. */
  size_t size;
  if (failed("save", ecg_gallery_save(gallery, NULL, 0, &size))) goto done;
  saved = malloc(size);
  if (!saved || failed("save", ecg_gallery_save(gallery, saved, size, &size))) goto done;
  if (failed("load", ecg_gallery_load(gallery, saved, size))) goto done;
  printf("the gallery takes %zu bytes\n", size);

  exit_status = 0;
  for (int i = 5; i < argument_count; i++) {
    size_t beat_count = find_beats(session, arguments[i], rate, beats);
    ecg_match ada = {.struct_size = sizeof ada}, match = {.struct_size = sizeof match};
    if (beat_count == 0 || failed("Ada", ecg_verify(session, gallery, "Ada", beats, beat_count, &ada)) ||
        failed(arguments[i], ecg_gallery_identify(session, gallery, beats, beat_count, &match))) {
      exit_status = 2;
      break;
    }
    printf("%s: as Ada %s (%.3f); ", arguments[i], word(ada.verdict), ada.score);
    if (match.verdict == ECG_VERDICT_ACCEPTED) {
      printf("it is %s", match.person);
    } else {
      printf("%s", match.verdict == ECG_VERDICT_REJECTED ? "nobody I know" : "not sure");
      exit_status = 1;
    }
    printf(" (%.3f after %u beats, false acceptance %.4f at most)\n", match.score, (unsigned)match.beat_count,
           match.false_acceptance_probability);
  }

done:
  ecg_gallery_close(gallery); /* overwrites it */
  if (saved) memset(saved, 0, size);
  free(saved);
  free(beats);
  ecg_session_close(session);
  ecg_model_close(model);
  return exit_status;
}
