/* model.c - any bytes as a weights file, and everything that can be asked of what is taken for one. */
#include "shared.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a model may ask for: more is no fault, but too slow to try often. */
static const size_t most_memory = 32u << 20;

static void ask_stream(const ecg_model *model, const float *samples, size_t sample_count, double rate) {
  size_t size, start = 0, taken;
  ecg_stream *stream;
  /* Judgements of a short signal, where the model's beats fit into them. */
  const ecg_stream_options brief = {sizeof brief, 0, 2.2, 0.5, 0.4}, *options = &brief;
  if (ecg_stream_size(model, rate, options, &size) != ECG_OK) options = NULL;
  if (ecg_stream_size(model, rate, options, &size) != ECG_OK || size > most_memory) return;
  static pool streams;
  void *memory = lend(&streams, size);
  PROMISE(ecg_stream_init(model, rate, options, memory, size, &stream) == ECG_OK);
  ecg_stream_event event = {.struct_size = sizeof event};
  int most = 4;
  while (start < sample_count && most > 0) {
    PROMISE(ecg_stream_push(stream, samples + start, sample_count - start, &taken) == ECG_OK);
    start += taken;
    do {
      ecg_status status = ecg_stream_next(stream, &event);
      PROMISE(status == ECG_OK || status == ECG_ERROR_ARGUMENT);
    } while (event.kind != ECG_EVENT_NONE && --most > 0);
    if (start == sample_count) PROMISE(ecg_stream_finish(stream) == ECG_OK);
  }
  if (most > 0) {
    ecg_status status = ecg_stream_next(stream, &event);
    PROMISE(status == ECG_OK || status == ECG_ERROR_ARGUMENT);
  }
}

static void ask_session(const ecg_model *model, const ecg_model_info *info) {
  enum { SECONDS = 3, RATE = 100 };
  float samples[SECONDS * RATE];
  for (size_t i = 0; i < SECONDS * RATE; i++) samples[i] = heartbeat(i, RATE);
  size_t size;
  ecg_session *session;
  if (ecg_session_size(model, SECONDS, RATE, &size) != ECG_OK || size > most_memory) return;
  static pool sessions;
  void *memory = lend(&sessions, size);
  PROMISE(ecg_session_init(model, SECONDS, RATE, memory, size, &session) == ECG_OK);
  ecg_status status = ecg_session_verify(session);
  PROMISE(status == ECG_OK || status == ECG_ERROR_DIGEST || status == ECG_ERROR_SELF_TEST ||
          status == ECG_ERROR_MALFORMED);

  size_t capacity = ecg_session_beat_capacity(session), beat_count = 0;
  float *beats = take(capacity * info->beat_length * sizeof *beats);
  ecg_signal_report report = {.struct_size = sizeof report};
  if (ecg_preprocess(session, samples, SECONDS * RATE, RATE, beats, capacity, NULL, &beat_count, &report) == ECG_OK) {
    PROMISE(beat_count > 0 && beat_count <= capacity);
    if (beat_count > 2) beat_count = 2;
    ecg_identity identity = {.struct_size = sizeof identity};
    float *probabilities = take(info->person_count * sizeof *probabilities);
    if (ecg_identify(session, beats, beat_count, &identity, probabilities) == ECG_OK) {
      PROMISE(identity.person >= 0 && identity.person < (int32_t)info->person_count);
      PROMISE(identity.probability >= 0 && identity.probability <= 1.001f);
    }
    free(probabilities);
    ecg_outlier outlier = {.struct_size = sizeof outlier};
    ecg_outlier_score(session, beats, beat_count, &outlier);
  }
  free(beats);
  ask_stream(model, samples, SECONDS * RATE, RATE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  void *bytes = take(size);
  memcpy(bytes, data, size);
  size_t model_size;
  ecg_model *model;
  if (ecg_model_size(bytes, size, &model_size) == ECG_OK && model_size <= most_memory) {
    static pool models;
    void *memory = lend(&models, model_size);
    ecg_status status = ecg_model_init(bytes, size, memory, model_size, &model);
    PROMISE(status != ECG_ERROR_BUFFER_TOO_SMALL);
    if (status == ECG_OK) {
      ecg_model_info info = {.struct_size = sizeof info};
      PROMISE(ecg_model_describe(model, &info) == ECG_OK);
      for (uint32_t person = 0; person < info.person_count && person < 1000; person++) {
        const char *label = ecg_model_label(model, (int32_t)person);
        if (label) PROMISE(strlen(label) < size);
      }
      ask_session(model, &info);
    }
  }
  free(bytes);
  return 0;
}
