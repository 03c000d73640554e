/* stream.c - samples, gaps and restarts in any order, at any rate, with any options. The same signal goes through two
 * streams, in the pieces that the bytes name and in other ones: both must tell the same, bit for bit, also of a gallery.
 *
 * A case is three bytes that choose the model, the rate and the options, and then operations of a byte each with what
 * they need behind it (see `run`).
 */
#include "shared.h"

/* What the signal chain compares are samples: to watch these comparisons takes three quarters of the time and teaches libFuzzer
 * nothing. Scripts/fuzz links these in place of its own. */
#define UNWATCHED_ONE(name, type)                                       \
  void __wrap___sanitizer_cov_trace_##name(type a, type b);             \
  __attribute__((no_sanitize("coverage", "address", "undefined"))) void \
  __wrap___sanitizer_cov_trace_##name(type a, type b) {                 \
    (void)a;                                                            \
    (void)b;                                                            \
  }
#define UNWATCHED(size, type) UNWATCHED_ONE(cmp##size, type) UNWATCHED_ONE(const_cmp##size, type)
UNWATCHED(1, uint8_t)
UNWATCHED(2, uint16_t)
UNWATCHED(4, uint32_t)
UNWATCHED(8, uint64_t)

int LLVMFuzzerInitialize(int *argument_count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"band-pass", "sass", "graph", "recurrent", "calibrated"};
enum { MODELS = 5, SASS = 1, MOST_EVENTS = 400, MOST_SAMPLES = 512 };
static ecg_model *models[MODELS];
static ecg_gallery *galleries[MODELS]; /* of the heart in shared.h, and of half a beat's mirror image */

static ecg_gallery *people(const ecg_model *model) {
  enum { SECONDS = 12, RATE = 100 };
  float samples[SECONDS * RATE];
  for (size_t i = 0; i < SECONDS * RATE; i++) samples[i] = heartbeat(i, RATE);
  ecg_session *session;
  ecg_gallery *gallery;
  ecg_model_info info = {.struct_size = sizeof info};
  PROMISE(ecg_session_open(model, SECONDS, RATE, &session) == ECG_OK);
  PROMISE(ecg_gallery_open(model, 2, &gallery) == ECG_OK && ecg_model_describe(model, &info) == ECG_OK);
  size_t capacity = ecg_session_beat_capacity(session), count = 0;
  float *beats = take(capacity * info.beat_length * sizeof *beats);
  PROMISE(ecg_preprocess(session, samples, SECONDS * RATE, RATE, beats, capacity, NULL, &count, NULL) == ECG_OK);
  PROMISE(ecg_gallery_enrol(gallery, session, "Ada", beats, count) == ECG_OK);
  for (size_t i = 0; i < info.beat_length / 2; i++) beats[i] = -beats[i];
  PROMISE(ecg_gallery_enrol(gallery, session, "Eve", beats, 1) == ECG_OK);
  free(beats);
  ecg_session_close(session);
  return gallery;
}

int LLVMFuzzerInitialize(int *argument_count, char ***arguments) {
  (void)argument_count;
  (void)arguments;
  for (int i = 0; i < MODELS; i++) {
    char path[200];
    snprintf(path, sizeof path, "Tests/Fuzzing/Library/Models/%s.h5", names[i]);
    PROMISE(ecg_model_open(path, &models[i]) == ECG_OK);
    galleries[i] = people(models[i]);
  }
  return 0;
}

typedef struct {
  ecg_stream *stream;
  ecg_stream_event events[MOST_EVENTS];
  size_t count;
} listener;

static void tell(listener *to) {
  ecg_stream_event event = {.struct_size = sizeof event};
  while (to->count < MOST_EVENTS) {
    PROMISE(ecg_stream_next(to->stream, &event) == ECG_OK);
    if (event.kind == ECG_EVENT_NONE) return;
    PROMISE(event.quality >= 0 && event.quality <= 1 && event.fault >= 0 && event.fault <= ECG_FAULT_RHYTHM);
    PROMISE((event.beat_count > 0) == (event.person >= 0) && event.person < 3);
    PROMISE(event.probability >= 0 && event.probability <= 1.001f);
    PROMISE(event.kind == ECG_EVENT_SIGNAL || event.fault != ECG_FAULT_NONE || event.beat_count > 0);
    to->events[to->count++] = event;
  }
}

/* Pushes in pieces of `piece` samples; waits for events only when it must, or after each. */
static void push(listener *to, const float *samples, size_t count, size_t piece, bool waits) {
  while (count > 0 && to->count < MOST_EVENTS) {
    size_t some = count < piece ? count : piece, taken = SIZE_MAX;
    PROMISE(ecg_stream_push(to->stream, samples, some, &taken) == ECG_OK && taken <= some);
    samples += taken;
    count -= taken;
    if (waits || taken < some) tell(to);
  }
}

typedef struct {
  const uint8_t *data;
  size_t size;
} reader;

static uint8_t byte(reader *from) {
  if (from->size == 0) return 0;
  from->size--;
  return *from->data++;
}

static void same_matches(listener *first, listener *second) {
  ecg_match one = {.struct_size = sizeof one}, other = {.struct_size = sizeof other};
  ecg_status status = ecg_stream_match(first->stream, &one);
  PROMISE(ecg_stream_match(second->stream, &other) == status && (status == ECG_OK || status == ECG_ERROR_ARGUMENT));
  PROMISE(memcmp(&one, &other, sizeof one) == 0);
  if (status != ECG_OK) return;
  PROMISE(one.verdict >= ECG_VERDICT_NOT_SURE && one.verdict <= ECG_VERDICT_REJECTED);
  PROMISE((one.verdict == ECG_VERDICT_ACCEPTED) == (one.person[0] != 0));
  PROMISE(one.score >= -1.01f && one.score <= 1.01f && one.template_count <= 2 && one.template_index < 2);
}

/* Both streams at the same place: what is compared from there on, or who is enrolled. */
static void meet(listener *first, listener *second, const ecg_model *model, const ecg_gallery *gallery, int choice) {
  tell(first);
  tell(second);
  if (first->count == MOST_EVENTS || second->count == MOST_EVENTS) return;
  same_matches(first, second);
  const char *person = choice == 2 ? "Ada" : choice == 3 ? "Eve" : NULL;
  if (choice < 4) {
    PROMISE(ecg_stream_set_gallery(first->stream, choice ? gallery : NULL, person) == ECG_OK);
    PROMISE(ecg_stream_set_gallery(second->stream, choice ? gallery : NULL, person) == ECG_OK);
    return;
  }
  ecg_gallery *new;
  uint32_t count = 0;
  PROMISE(ecg_gallery_open(model, 1, &new) == ECG_OK);
  ecg_status status = ecg_stream_enrol(first->stream, new, "Bob", &count);
  PROMISE(status == (count > 0 ? ECG_OK : ECG_ERROR_NO_BEATS) || status == ECG_ERROR_ARGUMENT);
  ecg_gallery_close(new);
}

static void run(reader *from, const ecg_model *model, const ecg_gallery *gallery, double rate, size_t most_samples,
                listener *first, listener *second) {
  float samples[MOST_SAMPLES];
  size_t position = 0;
  int operations = 0, gaps = 0;
  while (from->size > 0 && position < most_samples && operations++ < 200) {
    uint8_t operation = byte(from);
    size_t count = 0;
    switch (operation % 8) {
    case 0: /* samples of 16 bits, 1000 for a millivolt */
      for (count = 0; count < (size_t)(operation >> 3) + 1 && from->size > 1; count++) {
        int high = byte(from), low = byte(from);
        samples[count] = (float)(int16_t)(uint16_t)(high << 8 | low) / 1000;
      }
      break;
    case 1: /* any bits */
      for (count = 0; count < (size_t)(operation >> 3) + 1 && from->size > 3; count++) {
        memcpy(&samples[count], from->data, sizeof *samples);
        from->data += 4;
        from->size -= 4;
      }
      break;
    case 2:
    case 3: { /* heartbeats, louder and softer */
      float scale = (float)(operation >> 3) / 8;
      count = 2 * (size_t)byte(from);
      for (size_t i = 0; i < count; i++) samples[i] = scale * heartbeat(position + i, rate);
      break;
    }
    case 4: { /* the same value again and again, or none */
      float value = operation >> 3 ? (float)(operation >> 3) / 16 : NAN;
      count = 2 * (size_t)byte(from);
      for (size_t i = 0; i < count; i++) samples[i] = value;
      break;
    }
    case 5: { /* lost samples, few or for ever */
      if (gaps++ == 4) break;
      uint64_t missing = operation >> 3 ? (uint64_t)byte(from) << (operation >> 3) : byte(from);
      ecg_status status = ecg_stream_gap(first->stream, missing);
      PROMISE(ecg_stream_gap(second->stream, missing) == status);
      PROMISE(status == ECG_OK || status == ECG_ERROR_ARGUMENT);
      tell(second);
      break;
    }
    case 6:
      if (operation >> 3) meet(first, second, model, gallery, (operation >> 3) % 5);
      else tell(first);
      break;
    case 7:
      tell(first);
      if (operation >> 3 & 1) {
        PROMISE(ecg_stream_finish(first->stream) == ECG_OK && ecg_stream_finish(second->stream) == ECG_OK);
        tell(first);
      }
      tell(second);
      PROMISE(ecg_stream_reset(first->stream) == ECG_OK && ecg_stream_reset(second->stream) == ECG_OK);
      break;
    }
    if (count > most_samples - position) count = most_samples - position;
    push(first, samples, count, MOST_SAMPLES, false);
    push(second, samples, count, 1 + operation % 37, true);
    position += count;
  }
  PROMISE(ecg_stream_finish(first->stream) == ECG_OK && ecg_stream_finish(second->stream) == ECG_OK);
  tell(first);
  tell(second);
  if (first->count < MOST_EVENTS) same_matches(first, second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const double rates[] = {50, 100, 64, 51.7, 75, 333.3, 60, 10000};
  static const double intervals[] = {0, 0.5, 2, 0.1, 1.3, 10, 0.77, 1};
  static const double windows[] = {3.5, 2.6, 4, 3.3, 3, 8, 60, 0};
  static const double lookaheads[] = {0, 0.5, 0.35, 5};
  reader from = {data, size};
  uint8_t chosen = byte(&from), timing = byte(&from);
  const ecg_model *model = models[chosen % MODELS];
  double rate = rates[chosen / MODELS % 8];
  ecg_stream_options options = {
      .struct_size = sizeof options,
      .beat_count = byte(&from) % 20,
      .window_seconds = windows[timing % 8],
      .interval_seconds = intervals[timing / 8 % 8],
      .lookahead_seconds = lookaheads[timing / 64],
  };
  bool is_slow = chosen % MODELS == SASS;
  if (is_slow) options.window_seconds = 2.6;
  size_t memory_size;
  if (ecg_stream_size(model, rate, &options, &memory_size) != ECG_OK) return 0;
  /* So much signal that an execution stays short: a window and a few intervals. */
  double interval = options.interval_seconds > 0 ? fmin(options.interval_seconds, 1.5) : 1;
  double window = options.window_seconds > 0 ? fmin(options.window_seconds, 3.5) : 3.5;
  size_t most_samples = (size_t)fmin((window + (is_slow ? 0.2 : 2) * interval) * rate, 1500);

  static listener first, second;
  void *memory = take(memory_size), *other = take(memory_size);
  first.count = second.count = 0;
  PROMISE(ecg_stream_init(model, rate, &options, memory, memory_size, &first.stream) == ECG_OK);
  PROMISE(ecg_stream_init(model, rate, &options, other, memory_size, &second.stream) == ECG_OK);
  run(&from, model, galleries[chosen % MODELS], rate, most_samples, &first, &second);
  PROMISE(first.count == second.count);
  PROMISE(memcmp(first.events, second.events, first.count * sizeof *first.events) == 0);
  free(memory);
  free(other);
  return 0;
}
